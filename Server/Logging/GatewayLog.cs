using System.Net;
using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of the gateway itself.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1, LogLevel.Information, "sshgateway {Version} started with {File}")]
    public static partial void Started(this ILogger logger, string version, string file);

    [LoggerMessage(2, LogLevel.Information, "listening on {Address}")]
    public static partial void Listening(this ILogger logger, EndPoint address);

    [LoggerMessage(3, LogLevel.Information, "host key {KeyType} {Fingerprint} from {File}")]
    public static partial void HostKey(this ILogger logger, string keyType, string fingerprint, string file);

    [LoggerMessage(4, LogLevel.Information, "stopping: {Sessions} sessions are ended")]
    public static partial void Stopping(this ILogger logger, int sessions);

    [LoggerMessage(5, LogLevel.Information, "stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(6, LogLevel.Warning, "{Message}")]
    public static partial void ConfigurationWarning(this ILogger logger, string message);

    [LoggerMessage(7, LogLevel.Error, "{Message}")]
    public static partial void StartFailed(this ILogger logger, string message);

    [LoggerMessage(8, LogLevel.Warning, "connection from {Source} refused: {Reason}")]
    public static partial void Refused(this ILogger logger, EndPoint source, string reason);

    [LoggerMessage(9, LogLevel.Error, "accepting on {Address} failed")]
    public static partial void AcceptFailed(this ILogger logger, Exception error, EndPoint address);

    [LoggerMessage(10, LogLevel.Error, "internal error in the session timer")]
    public static partial void TimerFailed(this ILogger logger, Exception error);
}
