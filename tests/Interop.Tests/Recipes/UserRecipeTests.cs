using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Interop.Tests.Login;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Recipes;

/// <summary>Recipes of docs/authentication.md about users, configured as printed; only the port, the user run_as and the destination are the tests'.</summary>
[Collection(LoginCollection.Name)]
public sealed class UserRecipeTests(LoginBed bed)
{
    private const string GatewayFile = "/etc/sshgateway/sshgateway.yaml";

    [RootFact]
    public async Task Pam_passwords()
    {
        await using LoginGateway gateway = await StartAsync(RecipeText.Read("PAM passwords"));
        foreach (var login in new[] { await gateway.InteractiveAsync("alice", PrivateAccounts.Password), await gateway.PasswordAsync("bob", PrivateAccounts.Password) })
            Assert.True(login.IsIn, $"{login}\n{gateway.LogText}");
        Assert.False((await gateway.PasswordAsync("alice", "wrong")).IsIn);
    }

    [RootFact]
    public async Task Keys_in_home_directories()
    {
        RecipeText recipe = RecipeText.Read("Keys in home directories");
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "recipes/home");
        bed.Accounts.WriteHome("bob", PrivateAccounts.BobId, "id_ed25519.pub", key.PublicText + "\n");
        string script = $"export HOME={bed.Accounts.HomeOf("bob")}; cd ~; {string.Join("; ", recipe.Commands)}";
        (await ChildProcess.RunAsync("setpriv", ["--reuid", "64002", "--regid", "64002", "--clear-groups", "sh", "-ec", script])).Succeeded();
        await using LoginGateway gateway = await StartAsync(recipe);
        var login = await gateway.KeyAsync("bob", key);
        Assert.True(login.IsIn, $"{login}\n{gateway.LogText}");
    }

    [RootFact]
    public async Task A_user_ca()
    {
        RecipeText recipe = RecipeText.Read("A user CA");
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "recipes/ca/id_ed25519");
        string folder = bed.Folder["recipes/ca"];
        foreach (string command in recipe.Commands) (await ChildProcess.RunAsync("sh", ["-ec", command], folder: folder)).Succeeded();
        foreach (string name in new[] { "user_ca.pub", "revoked_keys" })
        {
            bed.Accounts.Write("etc/sshgateway/" + name, "");
            File.Copy(Path.Combine(folder, name), bed.Accounts.At("etc/sshgateway/" + name), overwrite: true);
            PrivateAccounts.Open(bed.Accounts.At("etc/sshgateway/" + name), "644");
        }

        await using LoginGateway gateway = await StartAsync(recipe);
        var login = await gateway.KeyAsync("alice", key);
        Assert.True(login.IsIn, $"{login}\n{gateway.LogText}");
        await gateway.WaitForLogAsync("ID alice@example.org (serial 1) CA ED25519");
        Assert.False((await gateway.KeyAsync("bob", key)).IsIn);
    }

    [RootFact]
    public async Task Two_factors_with_grace()
    {
        RecipeText recipe = RecipeText.Read("Two factors with grace");
        await using LoginGateway gateway = await StartAsync(recipe);
        PrivateAccounts.Open(bed.Accounts.At("etc/users.oath"), "600");
        string secret = recipe.Files["/etc/users.oath"].Split('\n')[1].Split(' ')[^1];
        var first = await gateway.KeyAsync("alice", bed.AliceKey, OneTimeCode(Convert.FromHexString(secret)));
        Assert.True(first.IsIn, $"{first}\n{gateway.LogText}");
        Assert.Single(first.Prompts);
        var second = await gateway.KeyAsync("alice", bed.AliceKey);
        Assert.True(second.IsIn, second.ToString());
        Assert.Empty(second.Prompts);
        (await gateway.CtlAsync("forget", "mfa", "-user", "alice")).Succeeded();
        Assert.False((await gateway.KeyAsync("alice", bed.AliceKey, "000000")).IsIn);
    }

    private async Task<LoginGateway> StartAsync(RecipeText recipe)
    {
        foreach ((string path, string text) in recipe.Files.Where(file => file.Key != GatewayFile)) bed.Accounts.Write(path[1..], text);
        return await bed.StartAsPrintedAsync(recipe.Files[GatewayFile]);
    }

    /// <summary>RFC 6238: six digits, 30 s.</summary>
    private static string OneTimeCode(byte[] secret)
    {
        byte[] moving = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(moving, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // The RFC says SHA-1.
        byte[] hash = HMACSHA1.HashData(secret, moving);
#pragma warning restore CA5350
        int number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
