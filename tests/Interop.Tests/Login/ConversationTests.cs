using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>Conversations with PAM modules through the gateway: prompts, codes, texts, sessions, and modules that misbehave.</summary>
[Collection(LoginCollection.Name)]
public sealed class ConversationTests(LoginBed bed)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task Several_prompts_arrive_with_their_echo_flags_and_texts()
    {
        LoginGateway gateway = await bed.ForServiceAsync("several");
        ProcessResult result = await gateway.ConverseAsync("keyboard-interactive", "alice", "Zoë", "1234");
        Assert.Equal(
            "text Welcome\ntext Careful\ntext Grüße\nprompt shown Name:\nprompt hidden PIN:\nin\n", result.OutputText);
        ProcessResult wrong = await gateway.ConverseAsync("keyboard-interactive", "alice", "Zoë", "4321");
        Assert.Contains("refused", wrong.OutputText, StringComparison.Ordinal);
        // A password cannot answer a prompt that is shown.
        Assert.Contains("refused", (await gateway.ConverseAsync("password", "alice", "1234")).OutputText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_terminal_shows_what_is_typed_where_the_module_wants_that()
    {
        LoginGateway gateway = await bed.ForServiceAsync("several");
        await using PseudoTerminal terminal = PseudoTerminal.Start("ssh", gateway.Arguments("alice", ["-o", "PreferredAuthentications=keyboard-interactive"], "echo in"));
        await terminal.WaitForAsync("Name: ");
        await terminal.TypeAsync("Zoë\n");
        Assert.Contains("Zoë", await terminal.WaitForAsync("PIN: "), StringComparison.Ordinal);
        await terminal.TypeAsync("1234\n");
        Assert.DoesNotContain("1234", await terminal.WaitForAsync("in\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [RootFact]
    public async Task A_one_time_code_is_good_once()
    {
        bed.Accounts.Write("users.oath", "HOTP alice - 3132333435363738393031323334353637383930\n", "600");
        LoginGateway gateway = await bed.ForServiceAsync("oath");
        LoginAttempt first = await gateway.InteractiveAsync("alice", OneTimeCode(0));
        Assert.True(first.IsIn, first.ToString());
        Assert.Contains("One-time password", Assert.Single(first.Prompts), StringComparison.Ordinal);
        Assert.False((await gateway.InteractiveAsync("alice", OneTimeCode(0))).IsIn);
        Assert.True((await gateway.InteractiveAsync("alice", OneTimeCode(1))).IsIn);
        Assert.DoesNotContain(OneTimeCode(0), gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Modules_learn_the_client_s_address()
    {
        LoginGateway gateway = await bed.ForServiceAsync("items");
        Assert.Equal("text 127.0.0.1 ssh\nin\n", (await gateway.ConverseAsync("keyboard-interactive", "alice")).OutputText);
        // Whoever answers no prompt reads it as a banner.
        Assert.Equal("banner 127.0.0.1 ssh\nin\n", (await gateway.ConverseAsync("password", "alice", "x")).OutputText);
    }

    [RootFact]
    public async Task A_module_that_crashes_exits_floods_or_asks_for_ever_takes_only_its_own_attempt_with_it()
    {
        LoginGateway gateway = await bed.ForServiceAsync("moody");
        string[] users = ["crash", "exit", "print", "talk", "rename"];
        Task<LoginAttempt>[] attempts = [.. users.Select(user => gateway.InteractiveAsync(user, "x"))];
        LoginAttempt meanwhile = await gateway.InteractiveAsync("alice", Password);
        Assert.True(meanwhile.IsIn, meanwhile.ToString());
        foreach (LoginAttempt attempt in await Task.WhenAll(attempts)) Assert.Equal(255, attempt.Result.ExitStatus);
        LoginAttempt forever = await gateway.InteractiveAsync("ask-forever", Enumerable.Repeat("more", 100).ToArray());
        Assert.Equal(255, forever.Result.ExitStatus);
        Assert.InRange(forever.Prompts.Count, 30, 70);
        LoginAttempt after = await gateway.PasswordAsync("alice", Password);
        Assert.True(after.IsIn, after.ToString());
        Assert.DoesNotContain("internal error", gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_module_that_hangs_is_left_at_the_grace_time_and_ends()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: moody", "limits: {grace: 4s, penalties: off}");
        Task<LoginAttempt> hanging = gateway.InteractiveAsync("hang", "x");
        Assert.True((await gateway.PasswordAsync("alice", Password)).IsIn);
        Assert.Equal(255, (await hanging).Result.ExitStatus);
        await gateway.WaitForLogAsync("Timeout before authentication");
        Assert.True((await gateway.PasswordAsync("bob", Password)).IsIn);
        // Children of the helper with work: none is left but the spare one.
        await Eventually.BecomesTrueAsync(() => Processes.Below(gateway.Id).Count(process => Processes.CommandLine(process).Contains("authd-child", StringComparison.Ordinal)) <= 1, "the child with the hanging module has ended");
    }

    [RootFact]
    public async Task A_session_is_open_as_long_as_the_connection_by_every_method()
    {
        LoginGateway gateway = await bed.ForServiceAsync("unix-session");
        string note = bed.Accounts.At("unix-session");
        Func<IEnumerable<string>, Askpass, ChildProcess> start =
            (options, askpass) => ChildProcess.Start("ssh", gateway.Arguments("alice", options, "echo up; cat"), askpass.Environment);
        foreach (string[] options in new string[][]
                 {
                     ["-o", "PreferredAuthentications=password"], ["-o", "PreferredAuthentications=keyboard-interactive"],
                     ["-i", bed.AliceKey.PrivateFile, "-o", "PreferredAuthentications=publickey"],
                 })
        {
            File.Delete(note);
            await using ChildProcess ssh = start(options, new Askpass(bed.Folder, [Password]));
            await ssh.ReadUntilAsync("up\n");
            Assert.Equal("opened\n", await File.ReadAllTextAsync(note));
            ssh.CloseInput();
            await ssh.WaitForExitAsync();
            await Eventually.BecomesTrueAsync(() => File.ReadAllText(note) == "opened\nclosed\n", $"the session is closed ({options[^1]})");
        }
    }

    [RootFact]
    public async Task A_key_does_not_open_an_account_that_is_closed()
    {
        KeyPair key = await KeyPair.GenerateAsync(bed.Folder, "keys/expired");
        await using LoginGateway gateway = await bed.StartAsync($"pam_service: unix\nauthorized_keys: [\"{bed.Accounts.At("keys-of-{user}")}\"]");
        foreach (string user in new[] { "expired", "locked", "alice" }) bed.Accounts.Write("keys-of-" + user, key.PublicText + "\n");
        LoginAttempt expired = await gateway.KeyAsync("expired", key);
        Assert.Equal(255, expired.Result.ExitStatus);
        Assert.Contains("has expired", expired.Result.ErrorText, StringComparison.Ordinal);
        for (int i = 0; i < 3; i++) Assert.True((await gateway.KeyAsync("alice", key)).IsIn);
    }

    /// <summary>RFC 4226, with the secret of its test values.</summary>
    private static string OneTimeCode(long counter)
    {
        byte[] moving = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(moving, counter);
#pragma warning disable CA5350 // The RFC says SHA-1.
        byte[] hash = HMACSHA1.HashData("12345678901234567890"u8, moving);
#pragma warning restore CA5350
        int number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
