using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>Passwords, from stock clients through the gateway and its helper to real PAM modules.</summary>
[Collection(LoginCollection.Name)]
public sealed class PasswordTests(LoginBed bed)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task A_password_lets_its_user_in_by_both_methods()
    {
        LoginGateway gateway = await bed.ForServiceAsync("unix");
        LoginAttempt byPassword = await gateway.PasswordAsync("alice", Password);
        Assert.True(byPassword.IsIn, byPassword.ToString());
        LoginAttempt interactive = await gateway.InteractiveAsync("alice", Password);
        Assert.True(interactive.IsIn, interactive.ToString());
        Assert.Equal("(alice@127.0.0.1) Password: ", Assert.Single(interactive.Prompts));
        await gateway.WaitForLogAsync("Accepted password for alice from 127.0.0.1");
        await gateway.WaitForLogAsync("Accepted keyboard-interactive for alice from 127.0.0.1");
    }

    [RootFact]
    public async Task Plink_logs_in_with_a_password()
    {
        LoginGateway gateway = await bed.ForServiceAsync("unix");
        string file = bed.Folder.Write("plink-password", Password + "\n", secret: true);
        string hostKey = await HostKeyAsync(gateway);
        ProcessResult result = await ChildProcess.RunAsync(
            "plink", ["-batch", "-P", gateway.Port.ToString(), "-hostkey", hostKey, "-pwfile", file, "alice@127.0.0.1", "echo in"],
            environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = bed.Folder.NewFolder("plink") });
        Assert.Equal("in\n", result.OutputText);
    }

    [RootFact]
    public async Task Wrong_passwords_unknown_locked_and_forbidden_users_read_the_same()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix\ndeny_users: [bob]");
        (string User, string Password)[] attempts = [("alice", "wrong"), ("nobody-knows-me", Password), ("locked", Password), ("empty", "x"), ("bob", Password), ("root", Password), ("../../x%n", "x")];
        string[] methods = ["password", "keyboard-interactive"];
        foreach (string method in methods)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach ((string user, string password) in attempts)
            {
                LoginAttempt login = await gateway.SshAsync(user, ["-o", "PreferredAuthentications=" + method], [password]);
                Assert.Equal(255, login.Result.ExitStatus);
                seen.Add((string.Join('|', login.Prompts) + login.Result.ErrorText).Replace(user, "USER", StringComparison.Ordinal));
            }

            Assert.True(seen.Count == 1, string.Join("\n---\n", seen));
        }

        foreach (string line in new[] { "Failed password for alice from 127.0.0.1", "Failed password for invalid user nobody-knows-me from 127.0.0.1", "User bob from 127.0.0.1 not allowed" })
            await gateway.WaitForLogAsync(line);
        Assert.DoesNotContain(Password, gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task An_expired_account_and_a_closed_machine_are_told_to_those_who_know_the_password_only()
    {
        LoginGateway unix = await bed.ForServiceAsync("unix");
        foreach (LoginAttempt login in new[] { await unix.PasswordAsync("expired", Password), await unix.InteractiveAsync("expired", Password) })
        {
            Assert.Equal(255, login.Result.ExitStatus);
            Assert.Contains("has expired", login.Result.ErrorText, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("expired", (await unix.PasswordAsync("expired", "wrong")).Result.ErrorText.Replace("expired@", "", StringComparison.Ordinal), StringComparison.Ordinal);
        LoginGateway closed = await bed.ForServiceAsync("nologin");
        LoginAttempt refused = await closed.InteractiveAsync("alice");
        Assert.Equal(255, refused.Result.ExitStatus);
        Assert.Contains("Maintenance until noon", refused.Result.ErrorText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task An_expired_password_is_changed_in_the_conversation()
    {
        const string next = "Nächstes-Passwort-42";
        LoginGateway gateway = await bed.ForServiceAsync("unix");
        LoginAttempt changed = await gateway.InteractiveAsync("old", Password, Password, next, next);
        Assert.True(changed.IsIn, changed.ToString());
        Assert.Equal(4, changed.Prompts.Count);
        Assert.True((await gateway.PasswordAsync("old", next)).IsIn);
        Assert.False((await gateway.PasswordAsync("old", Password)).IsIn);
        Assert.DoesNotContain(next, gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task An_expired_password_is_changed_by_the_request_of_the_method_password()
    {
        const string next = "Übernächstes-Passwort-43";
        LoginGateway gateway = await bed.ForServiceAsync("unix");
        LoginAttempt changed = await gateway.PasswordAsync("old2", Password, Password, next, next);
        Assert.True(changed.IsIn, changed.ToString());
        Assert.Contains("Your password has expired", changed.Result.ErrorText + string.Join('\n', changed.Prompts), StringComparison.Ordinal);
        Assert.True((await gateway.PasswordAsync("old2", next)).IsIn);
    }

    [RootFact]
    public async Task A_password_has_up_to_1024_bytes()
    {
        string password = string.Concat(Enumerable.Repeat("abcdefghijklmnop", 64));
        LoginGateway gateway = await bed.ForServiceAsync("long");
        foreach (string method in new[] { "password", "keyboard-interactive" })
        {
            Assert.EndsWith("in\n", (await gateway.ConverseAsync(method, "alice", password)).OutputText, StringComparison.Ordinal);
            Assert.Contains("refused AuthenticationException", (await gateway.ConverseAsync(method, "alice", password + "a")).OutputText, StringComparison.Ordinal);
            Assert.Contains("refused AuthenticationException", (await gateway.ConverseAsync(method, "alice", password[1..])).OutputText, StringComparison.Ordinal);
        }
    }

    [RootFact]
    public async Task Many_log_in_side_by_side_with_right_and_wrong_passwords()
    {
        LoginGateway gateway = await bed.ForServiceAsync("unix");
        LoginAttempt[] logins = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => gateway.PasswordAsync(i % 2 == 0 ? "alice" : "bob", i % 3 == 0 ? "wrong" : Password)));
        for (int i = 0; i < logins.Length; i++) Assert.True(logins[i].IsIn == (i % 3 != 0), $"{i}: {logins[i]}");
    }

    private static async Task<string> HostKeyAsync(LoginGateway gateway)
    {
        string[] line = (await gateway.WaitForLogAsync("host key ssh-ed25519 ")).Split(' ');
        return line[Array.IndexOf(line, "ssh-ed25519") + 1];
    }
}
