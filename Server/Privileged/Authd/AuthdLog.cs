using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>What the helper says. Texts from outside come escaped; nothing that was typed ever appears.</summary>
internal static partial class AuthdLog
{
    [LoggerMessage(600, LogLevel.Information, "authd: {Version} serves user {Uid} on {Socket}")]
    public static partial void AuthdStarted(this ILogger logger, string version, uint uid, string socket);

    [LoggerMessage(608, LogLevel.Error, "authd: the helper has ended (status {Status}); it is started again in {Seconds:0.0} s. Conversations, commands and PAM sessions it had are over")]
    public static partial void HelperEnded(this ILogger logger, int status, double seconds);

    [LoggerMessage(601, LogLevel.Warning, "authd: a process of user {Uid} is turned away")]
    public static partial void PeerRefused(this ILogger logger, uint uid);

    [LoggerMessage(602, LogLevel.Warning, "authd: refused: {Reason}")]
    public static partial void RequestRefused(this ILogger logger, string reason);

    [LoggerMessage(603, LogLevel.Information, "authd: PAM {Service} for {User} from {Source}: {Outcome} {Reason}")]
    public static partial void PamEnded(this ILogger logger, string service, string user, string source, PamOutcome outcome, string reason);

    [LoggerMessage(604, LogLevel.Debug, "authd: a module printed: {Text}")]
    public static partial void ModulePrinted(this ILogger logger, string text);

    [LoggerMessage(605, LogLevel.Information, "authd: runs {Program} as {User}")]
    public static partial void CommandStarted(this ILogger logger, string program, string user);

    [LoggerMessage(606, LogLevel.Error, "authd: internal error")]
    public static partial void AuthdFailed(this ILogger logger, Exception error);

    [LoggerMessage(607, LogLevel.Warning, "authd: {File} has changed and is not used: {Reason}")]
    public static partial void PolicyKept(this ILogger logger, string file, string reason);

    [LoggerMessage(608, LogLevel.Information, "authd: stopped")]
    public static partial void AuthdStopped(this ILogger logger);

    [LoggerMessage(609, LogLevel.Debug, "authd: signed with {File} of {User}")]
    public static partial void Signed(this ILogger logger, string file, string user);
}
