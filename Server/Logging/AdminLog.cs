using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of the admin socket.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(300, LogLevel.Information, "ctl by {Actor}: {CommandLine}")]
    public static partial void AdminCommand(this ILogger logger, string actor, string commandLine);

    [LoggerMessage(301, LogLevel.Error, "admin socket: {Reason}")]
    public static partial void AdminSocketFailed(this ILogger logger, string reason);
}
