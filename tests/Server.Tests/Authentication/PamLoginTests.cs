using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Privileged;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

/// <summary>Passwords and conversations against a scripted PAM: what is asked, what is answered, what is kept.</summary>
public sealed class PamLoginTests
{
    private readonly List<string> _shown = [];

    [Fact]
    public async Task A_password_answers_the_hidden_prompt()
    {
        var pam = new ScriptedPam(AsksForPassword);
        await using PamLogin login = Create(pam);
        Assert.True((await CheckAsync(login, "alice", "right")).IsAccepted);
        Assert.False((await CheckAsync(login, "alice", "wrong")).IsAccepted);
        Assert.Equal(["alice", "alice"], pam.Conversations.Select(conversation => conversation.Request.User));
        Assert.All(pam.Conversations, conversation => Assert.True(conversation.IsDisposed));
        Assert.Equal(("sshd", "192.0.2.7"), (pam.Conversations[0].Request.Service, pam.Conversations[0].Request.RemoteHost));
        Assert.Equal("right"u8.ToArray(), login.Password!.Copy());
    }

    [Fact]
    public async Task Who_may_not_log_in_has_other_bytes_checked_than_he_typed()
    {
        var pam = new ScriptedPam(AsksForPassword);
        await using PamLogin login = Create(pam, new AuthConfiguration { DenyUsers = ["mallory"] });
        Assert.False((await CheckAsync(login, "mallory", "right")).IsAccepted);
        ScriptedPam.Conversation conversation = Assert.Single(pam.Conversations);
        Assert.NotEqual("right", Assert.Single(conversation.Rounds[1]));
        Assert.Empty(_shown);
    }

    [Fact]
    public async Task Root_needs_a_key_unless_passwords_are_allowed_for_it()
    {
        var pam = new ScriptedPam(AsksForPassword);
        await using (PamLogin login = Create(pam)) Assert.False((await CheckAsync(login, "root", "right")).IsAccepted);
        await using (PamLogin login = Create(pam, new AuthConfiguration { AllowRoot = RootLogin.Yes })) Assert.True((await CheckAsync(login, "root", "right")).IsAccepted);
    }

    [Fact]
    public async Task An_expired_password_is_asked_for_anew_and_changed()
    {
        var pam = new ScriptedPam(rounds => rounds switch
        {
            [] => ScriptedPam.Ask(ScriptedPam.Hidden("Password: ")),
            [["old"]] => ScriptedPam.Ask(ScriptedPam.Hidden("Current password: ")),
            [["old"], ["old"]] => ScriptedPam.Ask(ScriptedPam.Hidden("New password: ")),
            [["old"], ["old"], ["new"]] => ScriptedPam.Ask(ScriptedPam.Hidden("Retype new password: ")),
            [["old"], ["old"], ["new"], ["new"]] => ScriptedPam.End(PamOutcome.Success),
            _ => ScriptedPam.End(PamOutcome.Failure),
        });
        await using PamLogin login = Create(pam);
        PasswordVerdict changed = await login.ChangeAsync("alice", "old"u8.ToArray(), "new"u8.ToArray(), default);
        Assert.True(changed.IsAccepted);
        Assert.True(pam.Conversations[0].Request.MayChangePassword);
        Assert.Equal("new"u8.ToArray(), login.Password!.Copy());
    }

    [Fact]
    public async Task Without_a_new_password_the_client_is_asked_for_one()
    {
        var pam = new ScriptedPam(rounds => rounds.Count == 0 ? ScriptedPam.Ask(ScriptedPam.Hidden("Password: ")) : ScriptedPam.End(PamOutcome.PasswordExpired));
        await using PamLogin login = Create(pam);
        PasswordVerdict verdict = await CheckAsync(login, "alice", "old");
        Assert.False(verdict.IsAccepted);
        Assert.Contains("expired", verdict.ChangePrompt, StringComparison.Ordinal);
        Assert.False(pam.Conversations[0].Request.MayChangePassword);
    }

    [Fact]
    public async Task A_prompt_that_a_password_cannot_answer_is_a_refusal()
    {
        var pam = new ScriptedPam(_ => ScriptedPam.Ask(new PamMessage(PamMessageKind.Prompt, "Token: ", Echo: true)));
        await using PamLogin login = Create(pam);
        Assert.False((await CheckAsync(login, "alice", "right")).IsAccepted);
        Assert.True(pam.Conversations[0].IsDisposed);
    }

    [Fact]
    public async Task A_module_that_asks_without_end_is_left()
    {
        var pam = new ScriptedPam(_ => ScriptedPam.Ask(ScriptedPam.Hidden("Again: ")));
        await using PamLogin login = Create(pam);
        Assert.False((await CheckAsync(login, "alice", "right")).IsAccepted);
        Assert.InRange(pam.Conversations[0].Rounds.Count, 2, 8);
    }

    [Theory]
    [InlineData("AccountExpired", "has expired")]
    [InlineData("AccountLocked", "may not be used")]
    public async Task The_right_password_of_a_closed_account_learns_why(string outcome, string text)
    {
        var pam = new ScriptedPam(rounds => rounds.Count == 0 ? ScriptedPam.Ask(ScriptedPam.Hidden("Password: ")) : ScriptedPam.End(Enum.Parse<PamOutcome>(outcome)));
        await using PamLogin login = Create(pam);
        Assert.False((await CheckAsync(login, "alice", "right")).IsAccepted);
        Assert.Contains(text, Assert.Single(_shown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_is_gone_lets_nobody_in()
    {
        var pam = new ScriptedPam(AsksForPassword) { Failure = "no helper" };
        await using PamLogin login = Create(pam);
        Assert.False((await CheckAsync(login, "alice", "right")).IsAccepted);
        Assert.True(await login.RefusalOfAccountAsync("root", default));
    }

    [Fact]
    public async Task Conversations_pass_prompts_and_texts_and_show_the_last_ones()
    {
        var pam = new ScriptedPam(rounds => rounds switch
        {
            [] => ScriptedPam.Ask(ScriptedPam.Info("Welcome\x1b[2J"), ScriptedPam.Hidden("Password: "), new PamMessage(PamMessageKind.Prompt, "Token: ", Echo: true)),
            [["secret", "123"]] => ScriptedPam.End(PamOutcome.Success, ScriptedPam.Info("Your password expires in 3 days")),
            _ => ScriptedPam.End(PamOutcome.Failure),
        });
        await using PamLogin login = Create(pam);
        await using IInteractiveConversation conversation = login.Begin("alice");
        InteractiveStep step = await conversation.NextAsync(null, default);
        Assert.DoesNotContain('\x1b', step.Request!.Instruction);
        Assert.Equal([("Password: ", false), ("Token: ", true)], step.Request.Prompts.Select(prompt => (prompt.Text, prompt.Echo)));
        step = await conversation.NextAsync(["secret"u8.ToArray(), "123"u8.ToArray()], default);
        Assert.Equal("Your password expires in 3 days\r\n", step.Request!.Instruction);
        Assert.Empty(step.Request.Prompts);
        Assert.True((await conversation.NextAsync([], default)).IsAccepted);
        Assert.Equal("secret"u8.ToArray(), login.Password!.Copy());
        Assert.True(pam.Conversations[0].Request.MayChangePassword);
    }

    [Fact]
    public async Task Who_may_not_log_in_sees_the_same_prompts()
    {
        var pam = new ScriptedPam(AsksForPassword);
        await using PamLogin login = Create(pam, new AuthConfiguration { DenyUsers = ["mallory"] });
        await using IInteractiveConversation conversation = login.Begin("mallory");
        Assert.Equal("Password: ", Assert.Single((await conversation.NextAsync(null, default)).Request!.Prompts).Text);
        InteractiveStep step = await conversation.NextAsync(["right"u8.ToArray()], default);
        Assert.Null(step.Request);
        Assert.False(step.IsAccepted);
        Assert.Null(login.Password);
    }

    [Fact]
    public async Task A_session_lasts_as_long_as_the_login()
    {
        var pam = new ScriptedPam(AsksForPassword);
        PamLogin login = Create(pam, keepsSession: true);
        Assert.True((await CheckAsync(login, "alice", "right")).IsAccepted);
        ScriptedPam.Conversation conversation = Assert.Single(pam.Conversations);
        Assert.True(conversation.HasSession);
        Assert.False(conversation.IsDisposed);
        await login.DisposeAsync();
        Assert.True(conversation.IsDisposed);
        Assert.Null(login.Password!.Copy());
    }

    private static PamStep AsksForPassword(IReadOnlyList<string[]> rounds) => rounds switch
    {
        [] => ScriptedPam.Ask(ScriptedPam.Hidden("Password: ")),
        [["right"]] => ScriptedPam.End(PamOutcome.Success),
        _ => ScriptedPam.End(PamOutcome.Failure),
    };

    private static ValueTask<PasswordVerdict> CheckAsync(PamLogin login, string user, string password) =>
        login.CheckAsync(user, Encoding.UTF8.GetBytes(password), default);

    private PamLogin Create(ScriptedPam pam, AuthConfiguration? auth = null, bool keepsSession = false)
    {
        var context = new LoginContext
        {
            Auth = auth ?? new AuthConfiguration(),
            KeyFiles = new KeyFileCache(),
            SessionId = "0123456789",
            Source = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711),
            Local = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 22),
            Logger = NullLogger.Instance,
        };
        return new PamLogin(pam, context, new LoginDoor(context), "sshd") { Show = _shown.Add, KeepsPassword = true, KeepsSession = keepsSession };
    }
}
