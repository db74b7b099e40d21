using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>Real PAM, with services and accounts of the tests' own.</summary>
[Collection("authd")]
public sealed class PamConversationTests(AuthdFixture authd)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task The_password_of_an_account_lets_its_user_in()
    {
        (PamResult result, IReadOnlyList<PamMessage> messages) = await authd.ConverseAsync("unix", "alice", false, Password);
        Assert.Equal(new PamResult(PamOutcome.Success, ""), result);
        PamMessage prompt = Assert.Single(messages);
        Assert.Equal((PamMessageKind.Prompt, false), (prompt.Kind, prompt.Echo));
        Assert.DoesNotContain(Password, authd.Log, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Wrong_and_empty_passwords_unknown_and_locked_users_fail_alike()
    {
        foreach ((string user, string password) in new[] { ("alice", "wrong"), ("alice", ""), ("nobody-knows-me", Password), ("locked", Password), ("empty", ""), ("a;b$(c)%n", "x") })
        {
            (PamResult result, _) = await authd.ConverseAsync("unix", user, false, password);
            Assert.True(result.Outcome == PamOutcome.Failure, $"{user}: {result}");
        }
    }

    [RootFact]
    public async Task An_expired_account_and_a_closed_machine_are_told_apart_from_a_wrong_password()
    {
        Assert.Equal(PamOutcome.AccountExpired, (await authd.ConverseAsync("unix", "expired", false, Password)).Result.Outcome);
        Assert.Equal(PamOutcome.Failure, (await authd.ConverseAsync("unix", "expired", false, "wrong")).Result.Outcome);
        (PamResult closed, IReadOnlyList<PamMessage> messages) = await authd.ConverseAsync("nologin", "alice");
        Assert.Equal(PamOutcome.AccountLocked, closed.Outcome);
        Assert.Contains(messages, message => message.Text.Contains("Maintenance until noon", StringComparison.Ordinal));
    }

    [RootFact]
    public async Task An_expired_password_is_changed_in_the_same_conversation()
    {
        const string next = "Nächstes-Passwort-42";
        Assert.Equal(PamOutcome.PasswordExpired, (await authd.ConverseAsync("unix", "old", false, Password)).Result.Outcome);
        (PamResult changed, IReadOnlyList<PamMessage> messages) = await authd.ConverseAsync("unix", "old", true, Password, Password, next, next);
        Assert.True(changed.Outcome == PamOutcome.Success, $"{changed}: {string.Join(" | ", messages)}");
        Assert.Equal(4, messages.Count(message => message.Kind == PamMessageKind.Prompt));
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("unix", "old", false, next)).Result.Outcome);
        Assert.Equal(PamOutcome.Failure, (await authd.ConverseAsync("unix", "old", false, Password)).Result.Outcome);
        Assert.DoesNotContain(next, authd.Log, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_password_has_up_to_1024_bytes()
    {
        string password = string.Concat(Enumerable.Repeat("abcdefghijklmnop", 64));
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("long", "alice", false, password)).Result.Outcome);
        Assert.Equal(PamOutcome.Failure, (await authd.ConverseAsync("long", "alice", false, password[1..])).Result.Outcome);
        await Assert.ThrowsAsync<ArgumentException>(() => authd.ConverseAsync("long", "alice", false, password + "a"));
        await Assert.ThrowsAsync<ArgumentException>(() => authd.ConverseAsync("long", "alice", false, "a\0b"));
    }

    [RootFact]
    public async Task Several_prompts_texts_and_echo_flags_arrive_as_the_module_sent_them()
    {
        (PamResult result, IReadOnlyList<PamMessage> messages) = await authd.ConverseAsync("several", "alice", false, "Zoë", "1234");
        Assert.Equal(PamOutcome.Success, result.Outcome);
        Assert.Equal(
            [
                new PamMessage(PamMessageKind.Info, "Welcome", false), new PamMessage(PamMessageKind.Prompt, "Name: ", true),
                new PamMessage(PamMessageKind.Error, "Careful", false), new PamMessage(PamMessageKind.Prompt, "PIN: ", false),
                new PamMessage(PamMessageKind.Info, "Grüße", false),
            ],
            messages);
    }

    [RootFact]
    public async Task Modules_learn_the_address_and_the_terminal()
    {
        (_, IReadOnlyList<PamMessage> messages) = await authd.ConverseAsync("items", "alice");
        Assert.Equal("192.0.2.7 ssh", Assert.Single(messages).Text);
    }

    [RootFact]
    public async Task A_one_time_code_is_good_once()
    {
        authd.Accounts.Write("users.oath", "HOTP alice - 3132333435363738393031323334353637383930\n", "600");
        string code = OneTimeCode(0);
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("oath", "alice", false, code)).Result.Outcome);
        Assert.Equal(PamOutcome.Failure, (await authd.ConverseAsync("oath", "alice", false, code)).Result.Outcome);
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("oath", "alice", false, OneTimeCode(1))).Result.Outcome);
    }

    [RootFact]
    public async Task Conversations_run_side_by_side_and_do_not_mix()
    {
        string[] passwords = ["wrong", Password];
        PamOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => (await authd.ConverseAsync("unix", "alice", false, passwords[i % 2])).Result.Outcome));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? PamOutcome.Failure : PamOutcome.Success), outcomes);
    }

    [RootFact]
    public async Task A_module_that_hangs_crashes_exits_or_floods_takes_only_its_own_attempt_with_it()
    {
        string[] services = ["hang", "crash", "exit", "print", "talk", "ask-forever", "rename"];
        Task<(PamResult Result, IReadOnlyList<PamMessage> Messages)>[] attempts = [.. services.Select(service => authd.ConverseAsync(service, "alice"))];
        // In the middle of it others log in.
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("unix", "bob", false, Password)).Result.Outcome);
        (PamResult Result, IReadOnlyList<PamMessage> Messages)[] results = await Task.WhenAll(attempts);
        for (int i = 0; i < services.Length; i++) Assert.True(results[i].Result.Outcome == PamOutcome.Error, $"{services[i]}: {results[i].Result}");
        Assert.Contains("in time", results[0].Result.Reason, StringComparison.Ordinal);
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("unix", "bob", false, Password)).Result.Outcome);
    }

    [RootFact]
    public async Task What_a_module_prints_does_not_disturb_the_conversation() =>
        Assert.Equal(PamOutcome.Success, (await authd.ConverseAsync("print-little", "alice")).Result.Outcome);

    [RootFact]
    public async Task Services_that_the_configuration_does_not_name_are_refused()
    {
        foreach (string service in new[] { "other", "su", "../pam.d/unix", "/etc/pam.d/unix", "" })
            await Assert.ThrowsAsync<PrivilegedHelperException>(() => authd.ConverseAsync(service, "alice", false, Password));
    }

    [RootFact]
    public async Task A_user_who_leaves_cannot_keep_a_module_from_its_work()
    {
        using var patience = new CancellationTokenSource(AuthdFixture.Patience);
        IPamConversation conversation = await authd.BeginAsync("noted", "alice", false, patience.Token);
        Assert.Null((await conversation.ContinueAsync([], patience.Token)).Result);
        await conversation.DisposeAsync();
        await AuthdFixture.WaitForFileAsync(authd.Accounts.At("noted"), "left");
    }

    [RootFact]
    public async Task A_session_is_open_until_the_conversation_is_disposed()
    {
        using var patience = new CancellationTokenSource(AuthdFixture.Patience);
        IPamConversation conversation = await authd.BeginAsync("session", "alice", false, patience.Token);
        Assert.Equal(PamOutcome.Success, (await conversation.ContinueAsync([], patience.Token)).Result!.Outcome);
        Assert.Equal(PamOutcome.Success, (await conversation.OpenSessionAsync(patience.Token)).Outcome);
        Assert.Equal("opened\n", await File.ReadAllTextAsync(authd.Accounts.At("session")));
        await conversation.DisposeAsync();
        await AuthdFixture.WaitForFileAsync(authd.Accounts.At("session"), "opened\nclosed\n");
    }

    [RootFact]
    public async Task A_session_that_a_module_refuses_is_an_error()
    {
        using var patience = new CancellationTokenSource(AuthdFixture.Patience);
        await using IPamConversation conversation = await authd.BeginAsync("no-session", "alice", false, patience.Token);
        Assert.Equal(PamOutcome.Success, (await conversation.ContinueAsync([], patience.Token)).Result!.Outcome);
        Assert.Equal(PamOutcome.Error, (await conversation.OpenSessionAsync(patience.Token)).Outcome);
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
