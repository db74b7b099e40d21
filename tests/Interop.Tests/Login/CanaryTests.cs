using System.Text;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>What users typed and what their private keys hold is nowhere to be found afterwards.</summary>
[Collection(LoginCollection.Name)]
public sealed class CanaryTests(LoginBed bed)
{
    private const string Wrong = "Kanarienvogel-falsch-8fd2c1";
    private const string ViaConversation = "Kanarienvogel-gefragt-77ab30";
    private const string Unknown = "Kanarienvogel-fremd-5519ee";
    private const string Code = "Kanarienvogel-Code-904411";

    [RootFact]
    public async Task Secrets_are_in_no_log_database_recording_event_or_file()
    {
        string userKey = bed.Folder["keys/canary"];
        (await ChildProcess.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "canary", "-f", userKey])).Succeeded();
        string privateText = await File.ReadAllTextAsync(userKey);
        bed.Accounts.WriteHome("alice", PrivateAccounts.AliceId, ".ssh/id_ed25519", privateText);
        string recordings = bed.Accounts.At("canary-recordings");
        Directory.CreateDirectory(recordings);
        PrivateAccounts.Give(recordings, PrivateAccounts.GatewayId);
        await File.AppendAllTextAsync(bed.ListedAtDestination, await File.ReadAllTextAsync(userKey + ".pub"));
        await using LoginGateway gateway = await bed.StartAsync(
            "pam_service: unix\nmfa_grace: 1h", $"dump: \"{recordings}/{{sid}}\"\nrecording: {{mode: strict}}", "userkey, key");
        Assert.True((await gateway.PasswordAsync("alice", PrivateAccounts.Password)).IsIn);
        Assert.True((await gateway.InteractiveAsync("alice", PrivateAccounts.Password)).IsIn);
        Assert.False((await gateway.PasswordAsync("alice", Wrong)).IsIn);
        Assert.False((await gateway.InteractiveAsync("alice", ViaConversation)).IsIn);
        Assert.False((await gateway.PasswordAsync("nobody-knows-me", Unknown)).IsIn);
        LoginGateway several = await bed.ForServiceAsync("several");
        await several.ConverseAsync("keyboard-interactive", "alice", "Zoë", Code);
        await gateway.EventsAsync("password: refused");
        await gateway.WaitForLogAsync("auth=userkey");
        byte[] privateSeed = PrivateHalf(privateText);
        string[] typed = [PrivateAccounts.Password, Wrong, ViaConversation, Unknown, Code];
        byte[][] secrets = [.. typed.Select(Encoding.UTF8.GetBytes), .. typed.Select(Encoding.Unicode.GetBytes), privateSeed];
        string[] places = [gateway.StateFolder, several.StateFolder, recordings];
        Assert.NotEmpty(Directory.GetFiles(recordings));
        foreach (string file in places.SelectMany(Files)) AssertClean(await File.ReadAllBytesAsync(file), secrets, file);
        AssertClean(Encoding.UTF8.GetBytes(gateway.LogText + several.LogText), secrets, "the log");
        // What is no secret is found, in the same way.
        Assert.Contains("alice", gateway.LogText, StringComparison.Ordinal);
        Assert.Contains(places.SelectMany(Files), file => File.ReadAllBytes(file).AsSpan().IndexOf("nobody-knows-me"u8) >= 0);
    }

    private static IEnumerable<string> Files(string place) =>
        Directory.GetFiles(place, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".sock", StringComparison.Ordinal));

    /// <summary>The 32 bytes of the private half: in the encoded file behind the second copy of the public one.</summary>
    private static byte[] PrivateHalf(string text)
    {
        byte[] blob = Convert.FromBase64String(string.Concat(text.Split('\n').Where(line => !line.StartsWith('-'))));
        byte[] header = [0, 0, 0, 64];
        int at = blob.AsSpan().LastIndexOf(header);
        return blob[(at + 4)..(at + 36)];
    }

    private static void AssertClean(byte[] content, byte[][] secrets, string place)
    {
        foreach (byte[] secret in secrets) Assert.True(content.AsSpan().IndexOf(secret) < 0, $"a secret is in {place}: {Printable.Text(secret)}");
    }
}
