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

    [LoggerMessage(11, LogLevel.Error, "the log {Path} cannot be written: {Reason}; its lines go to standard output")]
    public static partial void LogFileFailed(this ILogger logger, string path, string reason);

    [LoggerMessage(12, LogLevel.Information, "configuration {File} loaded anew")]
    public static partial void Reloaded(this ILogger logger, string file);

    [LoggerMessage(13, LogLevel.Error, "configuration is not loaded anew, the old one stays: {Reason}")]
    public static partial void ReloadFailed(this ILogger logger, string reason);

    [LoggerMessage(14, LogLevel.Information, "no longer listening on {Address}")]
    public static partial void ListeningEnded(this ILogger logger, EndPoint address);

    [LoggerMessage(15, LogLevel.Information, "{Address} is penalised for {Seconds:0} s: {Offence}")]
    public static partial void Penalised(this ILogger logger, string address, double seconds, string offence);

    [LoggerMessage(16, LogLevel.Warning, "{Count} connections were refused: {Reason}")]
    public static partial void RefusedSummary(this ILogger logger, int count, string reason);

    [LoggerMessage(17, LogLevel.Warning, "PROXY header from {Source} is not accepted: {Reason}")]
    public static partial void ProxyHeaderRefused(this ILogger logger, EndPoint source, string reason);

    [LoggerMessage(18, LogLevel.Information, "sources that are no addresses of this machine are not listened on: {Addresses}")]
    public static partial void ForeignSources(this ILogger logger, string addresses);

    [LoggerMessage(19, LogLevel.Information, "first start: {Hint}")]
    public static partial void FirstStart(this ILogger logger, string hint);
}
