using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Dumpd;

/// <summary>What the collector's log says.</summary>
internal static partial class DumpdLog
{
    [LoggerMessage(320, LogLevel.Information, "dumpd listens on {Address} and writes to {Folder}")]
    public static partial void DumpdListening(this ILogger logger, string address, string folder);

    [LoggerMessage(321, LogLevel.Information, "{Sender}: {Path} is complete with {Bytes} bytes")]
    public static partial void Received(this ILogger logger, string sender, string path, long bytes);

    [LoggerMessage(322, LogLevel.Warning, "{Sender}: lost while it sent {Path}: {Reason}")]
    public static partial void SenderLost(this ILogger logger, string sender, string path, string reason);

    [LoggerMessage(323, LogLevel.Warning, "{Sender}: ended while it sent {Path}: {Reason}")]
    public static partial void SenderRefused(this ILogger logger, string sender, string path, string reason);

    [LoggerMessage(324, LogLevel.Error, "accepting failed")]
    public static partial void AcceptFailed(this ILogger logger, Exception error);
}
