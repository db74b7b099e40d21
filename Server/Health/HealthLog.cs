using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Health;

/// <summary>What the log says of the state of hosts: one line per change.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(320, LogLevel.Warning, "{Host} is down: {Reason}")]
    public static partial void HostIsDown(this ILogger logger, string host, string reason);

    [LoggerMessage(321, LogLevel.Information, "{Host} is up again")]
    public static partial void HostIsUp(this ILogger logger, string host);
}
