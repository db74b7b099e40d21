namespace SshGateway.Server.Privileged;

/// <summary>Who wants in, and how far the conversation may go.</summary>
internal sealed record PamRequest
{
    /// <summary>The name of a service in /etc/pam.d.</summary>
    public required string Service { get; init; }

    /// <summary>The name as the client sent it; the system need not know it.</summary>
    public required string User { get; init; }

    /// <summary>Address of the client (PAM_RHOST).</summary>
    public required string RemoteHost { get; init; }

    /// <summary>
    /// An expired password may be changed within the conversation (keyboard-interactive). False ends it with
    /// <see cref="PamOutcome.PasswordExpired"/>.
    /// </summary>
    public bool MayChangePassword { get; init; }

    /// <summary>
    /// Someone who has proved who he is otherwise (by a key): no authentication, only whether the account may be used. Prompts do not occur
    /// but for a password change.
    /// </summary>
    public bool AccountOnly { get; init; }
}

internal enum PamMessageKind { Info, Error, Prompt }

/// <summary>A text of a PAM module. As the module made it: escape it before it reaches a terminal or a log.</summary>
/// <param name="Kind">Only a <see cref="PamMessageKind.Prompt"/> wants an answer.</param>
/// <param name="Text">May be empty or hold line ends.</param>
/// <param name="Echo">Whether what is typed may be shown.</param>
internal readonly record struct PamMessage(PamMessageKind Kind, string Text, bool Echo);

internal enum PamOutcome
{
    /// <summary>Authenticated, and the account may be used.</summary>
    Success,

    /// <summary>Wrong or missing credentials, unknown user: the user learns nothing but that.</summary>
    Failure,

    /// <summary>Authenticated, but the account has expired.</summary>
    AccountExpired,

    /// <summary>Authenticated, but the password has expired and was not changed.</summary>
    PasswordExpired,

    /// <summary>Authenticated, but the account may not be used here or now (locked, nologin, access rules).</summary>
    AccountLocked,

    /// <summary>The modules could not decide, hung, crashed, or sent more than they may.</summary>
    Error,
}

/// <summary>How a conversation, or the opening of a session, ended.</summary>
/// <param name="Outcome">What it means.</param>
/// <param name="Reason">PAM's words, for the log; never anything that was typed.</param>
internal sealed record PamResult(PamOutcome Outcome, string Reason);

/// <summary>One step: texts to show, and then either prompts to answer or the result.</summary>
/// <param name="Messages">In the order the modules sent them. Texts without a prompt among them came before the result.</param>
/// <param name="Result">Null when there are prompts to answer.</param>
internal sealed record PamStep(IReadOnlyList<PamMessage> Messages, PamResult? Result);

/// <summary>A conversation with the PAM modules of one login. Used by one caller at a time; disposing it ends it, and the session with it.</summary>
internal interface IPamConversation : IAsyncDisposable
{
    /// <summary>
    /// Gives the answers to the prompts of the step before (none in the first call) and returns the next step. After a step with a
    /// result there is no other.
    /// </summary>
    /// <param name="answers">
    /// UTF-8, one for each message of kind Prompt, in order. Up to 1,024 bytes each (<see cref="MaxAnswer"/>), without a NUL. The
    /// caller clears them when the call is over.
    /// </param>
    /// <param name="cancellationToken">Ends the conversation.</param>
    /// <exception cref="PrivilegedHelperException">The helper is gone. (A module that hangs or crashes is a result.)</exception>
    ValueTask<PamStep> ContinueAsync(IReadOnlyList<ReadOnlyMemory<byte>> answers, CancellationToken cancellationToken);

    /// <summary>
    /// Establishes credentials and opens a PAM session, after success. It is closed when the conversation is disposed; until then a
    /// process is kept for it.
    /// </summary>
    Task<PamResult> OpenSessionAsync(CancellationToken cancellationToken);

    const int MaxAnswer = 1024;
}
