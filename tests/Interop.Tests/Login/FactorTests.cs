using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>Several methods one after the other, and the grace that spares the second one.</summary>
[Collection(LoginCollection.Name)]
public sealed class FactorTests(LoginBed bed)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task A_key_and_a_conversation_are_both_asked_for()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix\nmethods: [publickey+keyboard-interactive]");
        LoginAttempt both = await gateway.KeyAsync("alice", bed.AliceKey, Password);
        Assert.True(both.IsIn, both.ToString());
        await gateway.WaitForLogAsync("Accepted publickey+keyboard-interactive for alice from 127.0.0.1");
        LoginAttempt wrong = await gateway.KeyAsync("alice", bed.AliceKey, "wrong");
        Assert.Contains("Permission denied (keyboard-interactive)", wrong.Result.ErrorText, StringComparison.Ordinal);
        // Neither is enough alone, and the second is not asked for first.
        LoginAttempt conversation = await gateway.InteractiveAsync("alice", Password);
        Assert.Contains("Permission denied (publickey)", conversation.Result.ErrorText, StringComparison.Ordinal);
        Assert.Empty(conversation.Prompts);
        LoginAttempt key = await gateway.SshAsync("alice", ["-i", bed.AliceKey.PrivateFile, "-o", "PreferredAuthentications=publickey"], []);
        Assert.Equal(255, key.Result.ExitStatus);
    }

    [RootFact]
    public async Task What_the_first_factor_forbids_stays_forbidden()
    {
        await using LoginGateway gateway = await bed.StartAsync(
            $"pam_service: unix\nmethods: [publickey+password, keyboard-interactive+publickey]\nauthorized_keys: [\"{bed.Accounts.At("limited-{user}")}\"]");
        bed.Accounts.Write("limited-alice", $"restrict,command=\"echo forced\" {bed.AliceKey.PublicText}\n");
        foreach (string order in new[] { "publickey,password", "keyboard-interactive,publickey" })
        {
            LoginAttempt login = await gateway.SshAsync("alice", ["-i", bed.AliceKey.PrivateFile, "-o", "PreferredAuthentications=" + order], [Password], "echo asked");
            Assert.True(login.Result.OutputText == "forced\n", $"{login}\n{gateway.LogText}");
            login = await gateway.SshAsync("alice", ["-i", bed.AliceKey.PrivateFile, "-o", "PreferredAuthentications=" + order, "-tt"], [Password], "echo asked");
            Assert.Contains("PTY allocation request failed", login.Result.ErrorText, StringComparison.Ordinal);
        }
    }

    [RootFact]
    public async Task The_second_factor_is_asked_for_once_per_address_and_key_until_it_is_forgotten()
    {
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/other");
        await using LoginGateway gateway = await bed.StartAsync(
            $"pam_service: unix\nmethods: [publickey+keyboard-interactive]\nmfa_grace: 8h\nauthorized_keys: [\"{bed.Accounts.At("mfa-{user}")}\"]");
        bed.Accounts.Write("mfa-alice", $"{bed.AliceKey.PublicText}\n{other.PublicText}\n");
        bed.Accounts.Write("mfa-bob", $"{bed.AliceKey.PublicText}\n");
        async Task<int> PromptsAsync(string user, KeyPair key, params string[] options)
        {
            LoginAttempt login = await gateway.SshAsync(
                user, ["-i", key.PrivateFile, "-o", "IdentitiesOnly=yes", "-o", "PreferredAuthentications=publickey,keyboard-interactive", .. options], [Password]);
            Assert.True(login.IsIn, login.ToString());
            return login.Prompts.Count;
        }

        Assert.Equal(1, await PromptsAsync("alice", bed.AliceKey));
        Assert.Equal(0, await PromptsAsync("alice", bed.AliceKey));
        Assert.Equal(1, await PromptsAsync("alice", other));
        Assert.Equal(1, await PromptsAsync("bob", bed.AliceKey));
        Assert.Equal(1, await PromptsAsync("alice", bed.AliceKey, "-b", "127.0.0.2"));
        (await gateway.CtlAsync("forget", "mfa", "-user", "alice")).Succeeded();
        Assert.Equal(1, await PromptsAsync("alice", bed.AliceKey));
        Assert.Equal(1, await PromptsAsync("alice", other));
        // Another user's is not forgotten.
        Assert.Equal(0, await PromptsAsync("bob", bed.AliceKey));
    }
}
