using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of the admin socket.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(300, LogLevel.Information, "ctl by {Actor}: {CommandLine}")]
    public static partial void AdminCommand(this ILogger logger, string actor, string commandLine);

    [LoggerMessage(301, LogLevel.Error, "admin socket: {Reason}")]
    public static partial void AdminSocketFailed(this ILogger logger, string reason);

    [LoggerMessage(302, LogLevel.Information, "metrics and health on {Address}")]
    public static partial void AdminListening(this ILogger logger, string address);

    [LoggerMessage(303, LogLevel.Warning, "admin.listen: {Address} can be reached from other machines, and nobody who reaches it is asked who he is")]
    public static partial void AdminListensToOthers(this ILogger logger, string address);

    [LoggerMessage(304, LogLevel.Error, "no metrics and health on {Address}: {Reason}")]
    public static partial void AdminListenFailed(this ILogger logger, string address, string reason);

    [LoggerMessage(305, LogLevel.Information, "metrics are sent to {Collector}")]
    public static partial void MetricsSent(this ILogger logger, string collector);

    [LoggerMessage(306, LogLevel.Warning, "metrics cannot be sent: {Reason}")]
    public static partial void MetricsNotSent(this ILogger logger, string reason);
}
