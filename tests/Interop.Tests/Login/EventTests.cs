using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>Every attempt is an event: who, from where, by what, what became of it and why.</summary>
[Collection(LoginCollection.Name)]
public sealed class EventTests(LoginBed bed)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task Attempts_are_told_with_method_key_result_and_reason()
    {
        KeyPair authority = await KeyPair.GenerateAsync(bed.Folder, "keys/event-ca");
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/event-other");
        (await ChildProcess.RunAsync("ssh-keygen", ["-q", "-s", authority.PrivateFile, "-I", "badge 12", "-z", "12", "-n", "carol", other.PublicFile])).Succeeded();
        bed.Accounts.Write("event-ca.pub", authority.PublicText + "\n");
        await using LoginGateway gateway = await bed.StartAsync($"""
            pam_service: unix
            methods: [publickey+keyboard-interactive, password]
            trusted_user_ca: ["{bed.Accounts.At("event-ca.pub")}"]
            deny_users: [bob]
            """);
        await gateway.KeyAsync("alice", other, "wrong");
        await gateway.KeyAsync("alice", bed.AliceKey, Password);
        await gateway.PasswordAsync("nobody-knows-me", "wrong-too");
        await gateway.PasswordAsync("bob", Password);
        await gateway.PasswordAsync("expired", Password);
        string known = await FingerprintAsync(bed.AliceKey), unknown = await FingerprintAsync(other);
        (string User, string Message)[] wanted =
        [
            ("alice", $"publickey ED25519 {unknown}: refused: it is not one of the user's"),
            ("alice", $"publickey ED25519-CERT {unknown} ID badge 12 (serial 12) CA ED25519 {await FingerprintAsync(authority)}: refused: the user's name is not among its principals"),
            ("alice", $"publickey ED25519 {known}: accepted, another method is asked for"),
            ("alice", "keyboard-interactive: accepted"),
            ("nobody-knows-me", "password: refused: pam_authenticate: User not known to the underlying authentication module (10)"),
            ("bob", "password: refused: not allowed by deny_users"),
            ("expired", "password: refused: AccountExpired pam_acct_mgmt: User account has expired (13)"),
        ];
        foreach ((string user, string message) in wanted)
        {
            IReadOnlyList<string> events = await gateway.EventsAsync(message);
            string line = events.First(line => line.Contains(message, StringComparison.Ordinal));
            Assert.Contains($"\"{user}\"", line, StringComparison.Ordinal);
            Assert.Contains("\"auth\"", line, StringComparison.Ordinal);
            Assert.Contains("127.0.0.1:", line, StringComparison.Ordinal);
        }

        string all = string.Join('\n', await gateway.EventsAsync("accepted"));
        foreach (string secret in new[] { Password, "wrong-too" }) Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
    }

    private static async Task<string> FingerprintAsync(KeyPair key) =>
        (await ChildProcess.RunAsync("ssh-keygen", ["-l", "-f", key.PublicFile])).Succeeded().OutputText.Split(' ')[1];
}
