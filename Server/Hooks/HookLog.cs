using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Hooks;

/// <summary>What the log says of commands that run for a session.</summary>
internal static partial class HookLog
{
    [LoggerMessage(170, LogLevel.Warning, "blocking_command and bg_command run as {User}, the gateway's own user, and not as the user who logs in: there is no privileged helper")]
    public static partial void HooksRunAsOwnUser(this ILogger logger, string user);

    [LoggerMessage(171, LogLevel.Information, "session={Session} blocking_command {Program} ended with status {Status}")]
    public static partial void BlockingCommandEnded(this ILogger logger, string session, string program, int status);

    [LoggerMessage(172, LogLevel.Information, "session={Session} bg_command {Program} ended with status {Status} before the session")]
    public static partial void BackgroundCommandEnded(this ILogger logger, string session, string program, int status);

    [LoggerMessage(173, LogLevel.Debug, "session={Session} bg_command {Program} was ended with the session")]
    public static partial void BackgroundCommandStopped(this ILogger logger, string session, string program);

    [LoggerMessage(174, LogLevel.Debug, "session={Session} bg_command {Program}: {Line}")]
    public static partial void BackgroundCommandOutput(this ILogger logger, string session, string program, string line);

    [LoggerMessage(175, LogLevel.Error, "session={Session} bg_command {Program} failed")]
    public static partial void BackgroundCommandFailed(this ILogger logger, Exception error, string session, string program);

    [LoggerMessage(176, LogLevel.Error, "session={Session} {Program} cannot be run as {User}: {Reason}")]
    public static partial void CommandNotRun(this ILogger logger, string session, string program, string user, string reason);
}
