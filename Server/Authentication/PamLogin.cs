using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>
/// Users against the system's PAM modules, by password or by conversation. One instance per connection; it keeps the password for
/// destinations that want it and, if asked to, the PAM session, until it is disposed.
/// </summary>
/// <remarks>
/// A user who may not log in goes through the same conversation, with other bytes in place of what he typed: it takes as long, and says
/// the same, as one with a wrong password.
/// </remarks>
internal sealed class PamLogin(IPrivilegedHelper helper, LoginContext login, LoginDoor door, string service) : IPasswordAuthority, IInteractiveAuthority, IAsyncDisposable
{
    /// <summary>Rounds of prompts that a password answers before it is clear that the modules want something else.</summary>
    private const int MaxPasswordRounds = 4;

    private const string NewPasswordPrompt = "Your password has expired. New password: ";

    private IPamConversation? _session;

    /// <summary>What the user typed when it let him in.</summary>
    public TypedPassword? Password { get; private set; }

    /// <summary>Keep the PAM session open for the life of this instance.</summary>
    public bool KeepsSession { get; init; }

    /// <summary>Keep the password for the destination.</summary>
    public bool KeepsPassword { get; init; }

    /// <summary>Shows a text to a user whose credentials were right (SSH_MSG_USERAUTH_BANNER).</summary>
    public Action<string> Show { get; set; } = static _ => { };

    public ValueTask<PasswordVerdict> CheckAsync(string user, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
        AnswerAsync(user, password, default, cancellationToken);

    public ValueTask<PasswordVerdict> ChangeAsync(
        string user, ReadOnlyMemory<byte> oldPassword, ReadOnlyMemory<byte> newPassword, CancellationToken cancellationToken) =>
        AnswerAsync(user, oldPassword, newPassword, cancellationToken);

    public IInteractiveConversation Begin(string user) => new PamDialogue(this, user);

    public async ValueTask DisposeAsync()
    {
        Password?.Dispose();
        if (_session is not null) await _session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Begins a conversation; null when the helper is not there, which the log says.</summary>
    internal async ValueTask<IPamConversation?> BeginAsync(string user, bool mayChangePassword, CancellationToken cancellationToken)
    {
        try
        {
            var request = new PamRequest
            {
                Service = service,
                User = user,
                RemoteHost = login.Source.Address.ToString(),
                MayChangePassword = mayChangePassword,
            };
            return await helper.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            login.Logger.PamUnavailable(login.SessionId, e.Message);
            login.Attempt.Reason = "PAM cannot be asked";
            return null;
        }
    }

    /// <summary>Whether the account of somebody who proved who he is by other means may not be used; he is told why.</summary>
    public async ValueTask<bool> RefusalOfAccountAsync(string user, CancellationToken cancellationToken)
    {
        // Users that the system does not know have no account to close.
        if (UserDirectory.Find(user) is null) return false;
        PamStep step;
        IPamConversation? conversation = null;
        bool isKept = false;
        try
        {
            conversation = await helper.AuthenticateAsync(
                new PamRequest { Service = service, User = user, RemoteHost = login.Source.Address.ToString(), AccountOnly = true }, cancellationToken).ConfigureAwait(false);
            step = await conversation.ContinueAsync([], cancellationToken).ConfigureAwait(false);
            if (step.Result is { Outcome: PamOutcome.Success })
            {
                if (Texts(step.Messages) is { Length: > 0 } texts) Show(texts);
                isKept = await AcceptAsync(conversation, default, cancellationToken).ConfigureAwait(false);
                return false;
            }
        }
        catch (PrivilegedHelperException e)
        {
            // A gate that cannot be asked stays closed.
            step = new PamStep([], new PamResult(PamOutcome.Error, e.Message));
        }
        finally
        {
            if (conversation is not null && !isKept) await conversation.DisposeAsync().ConfigureAwait(false);
        }

        ShowRefusal(user, step.Result is null ? step with { Result = new PamResult(PamOutcome.Error, "the account modules ask questions") } : step);
        return true;
    }

    /// <summary>The next step of a conversation, with other answers where the user may not log in.</summary>
    internal async ValueTask<PamStep> ContinueAsync(
        IPamConversation conversation, string user, string method, IReadOnlyList<ReadOnlyMemory<byte>> answers, CancellationToken cancellationToken)
    {
        long begun = login.Time.GetTimestamp();
        bool isOpen = door.IsOpenFor(user, method);
        IReadOnlyList<ReadOnlyMemory<byte>> given = isOpen ? answers : [.. answers.Select(answer => (ReadOnlyMemory<byte>)Noise(answer.Length))];
        PamStep step;
        try
        {
            step = await conversation.ContinueAsync(given, cancellationToken).ConfigureAwait(false);
        }
        catch (PrivilegedHelperException e)
        {
            step = new PamStep([], new PamResult(PamOutcome.Error, e.Message));
        }

        if (step.Result is not { } result) return step;
        if (isOpen && result.Outcome == PamOutcome.Success) return step;
        if (isOpen && result.Outcome is PamOutcome.AccountExpired or PamOutcome.AccountLocked or PamOutcome.PasswordExpired) return step;
        string name = PeerText.Escape(user);
        login.Logger.LoginFailed(
            login.SessionId, method, UserDirectory.Find(user) is null ? $"invalid user {name}" : name, login.Source.Address, login.Source.Port);
        login.Logger.PamRefused(login.SessionId, PeerText.Escape(result.Reason));
        if (isOpen) login.Attempt.Reason = PeerText.Escape(result.Reason);
        await login.Refusals.Passwords.WaitAsync(begun, login.Time, cancellationToken).ConfigureAwait(false);
        return new PamStep([], new PamResult(result.Outcome == PamOutcome.Error ? PamOutcome.Error : PamOutcome.Failure, result.Reason));
    }

    /// <summary>Tells a user whose credentials are right why he is not let in all the same.</summary>
    internal void ShowRefusal(string user, PamStep step)
    {
        login.Logger.AccountRefused(login.SessionId, PeerText.Escape(user), login.Source.Address, step.Result!.Outcome.ToString(), PeerText.Escape(step.Result.Reason));
        login.Attempt.Reason = $"{step.Result.Outcome} {PeerText.Escape(step.Result.Reason)}".TrimEnd();
        string texts = Texts(step.Messages);
        Show(texts.Length > 0 ? texts : step.Result.Outcome switch
        {
            PamOutcome.AccountExpired => "Your account has expired.\r\n",
            PamOutcome.PasswordExpired => "Your password has expired.\r\n",
            _ => "Your account may not be used here at present.\r\n",
        });
    }

    /// <summary>The user is in: whatever the configuration wants kept is kept.</summary>
    internal async ValueTask<bool> AcceptAsync(IPamConversation conversation, ReadOnlyMemory<byte> typed, CancellationToken cancellationToken)
    {
        if (KeepsPassword && !typed.IsEmpty)
        {
            Password?.Dispose();
            Password = new TypedPassword(typed.Span);
        }

        if (!KeepsSession) return false;
        PamResult opened = await conversation.OpenSessionAsync(cancellationToken).ConfigureAwait(false);
        if (opened.Outcome != PamOutcome.Success)
        {
            login.Logger.PamSessionFailed(login.SessionId, PeerText.Escape(opened.Reason));
            return false;
        }

        if (_session is not null) await _session.DisposeAsync().ConfigureAwait(false);
        _session = conversation;
        return true;
    }

    /// <summary>Lines for a terminal, without control characters.</summary>
    internal static string Texts(IEnumerable<PamMessage> messages)
    {
        var text = new StringBuilder();
        foreach (PamMessage message in messages.Where(message => message.Kind != PamMessageKind.Prompt))
        {
            foreach (string line in message.Text.Split('\n')) text.Append(PeerText.Escape(line.TrimEnd('\r'))).Append("\r\n");
        }

        return text.ToString();
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[Math.Max(1, length)];
        RandomNumberGenerator.Fill(noise);
        foreach (ref byte value in noise.AsSpan()) value |= 1;
        return noise;
    }

    private async ValueTask<PasswordVerdict> AnswerAsync(string user, ReadOnlyMemory<byte> password, ReadOnlyMemory<byte> changed, CancellationToken cancellationToken)
    {
        if (await BeginAsync(user, mayChangePassword: !changed.IsEmpty, cancellationToken).ConfigureAwait(false) is not { } conversation) return PasswordVerdict.Refused;
        bool isKept = false;
        try
        {
            PamStep step = await ContinueAsync(conversation, user, "password", [], cancellationToken).ConfigureAwait(false);
            for (int round = 0; step.Result is null; round++)
            {
                if (round == MaxPasswordRounds || Answers(step.Messages, password, changed, round) is not { } answers) return PasswordVerdict.Refused;
                step = await ContinueAsync(conversation, user, "password", answers, cancellationToken).ConfigureAwait(false);
            }

            switch (step.Result.Outcome)
            {
                case PamOutcome.Success:
                    if (Texts(step.Messages) is { Length: > 0 } texts) Show(texts);
                    isKept = await AcceptAsync(conversation, changed.IsEmpty ? password : changed, cancellationToken).ConfigureAwait(false);
                    return PasswordVerdict.Accepted;
                case PamOutcome.PasswordExpired when changed.IsEmpty:
                    return PasswordVerdict.Expired(NewPasswordPrompt);
                case PamOutcome.AccountExpired or PamOutcome.AccountLocked or PamOutcome.PasswordExpired:
                    ShowRefusal(user, step);
                    return PasswordVerdict.Refused;
                default:
                    return PasswordVerdict.Refused;
            }
        }
        finally
        {
            if (!isKept) await conversation.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A hidden prompt wants the password; after the first round, one that does not name the current one wants the new one. An echoed prompt wants what we do not have.</summary>
    private static List<ReadOnlyMemory<byte>>? Answers(IReadOnlyList<PamMessage> messages, ReadOnlyMemory<byte> password, ReadOnlyMemory<byte> changed, int round)
    {
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (PamMessage message in messages)
        {
            if (message.Kind != PamMessageKind.Prompt) continue;
            if (message.Echo) return null;
            bool isOld = round == 0 || changed.IsEmpty || message.Text.Contains("current", StringComparison.OrdinalIgnoreCase)
                || message.Text.Contains("old", StringComparison.OrdinalIgnoreCase);
            answers.Add(isOld ? password : changed);
        }

        return answers;
    }
}
