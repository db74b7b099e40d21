using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Recording;

/// <summary>What the log says of recordings.</summary>
internal static partial class RecordingLog
{
    [LoggerMessage(300, LogLevel.Information, "session={Session} is recorded to {Location}")]
    public static partial void RecordingBegan(this ILogger logger, string session, string location);

    [LoggerMessage(301, LogLevel.Information, "session={Session} recording {Location} ended with {Bytes} bytes: {Status}")]
    public static partial void RecordingEnded(this ILogger logger, string session, string location, long bytes, string status);

    [LoggerMessage(302, LogLevel.Error, "session={Session} recording {Location} {Reason}")]
    public static partial void RecordingBroke(this ILogger logger, string session, string location, string reason, Exception? error);

    [LoggerMessage(303, LogLevel.Error, "session={Session} is refused: it must be recorded, and that is impossible: {Reason}")]
    public static partial void RecordingRefused(this ILogger logger, string session, string reason);

    [LoggerMessage(304, LogLevel.Information, "session={Session} sftp {Path}: {Summary}")]
    public static partial void FileTransferred(this ILogger logger, string session, string path, string summary);

    [LoggerMessage(305, LogLevel.Information, "session={Session} sftp {Action}: {Result}")]
    public static partial void FileAction(this ILogger logger, string session, string action, string result);

    [LoggerMessage(306, LogLevel.Information, "session={Session} transfer {Command}: {FromClient} bytes from the client, {FromDestination} bytes from the destination, {Exit}")]
    public static partial void Transfer(this ILogger logger, string session, string command, long fromClient, long fromDestination, string exit);

    [LoggerMessage(307, LogLevel.Warning, "session={Session} sftp is no longer read along: {Reason}")]
    public static partial void AuditEnded(this ILogger logger, string session, string reason);

    [LoggerMessage(308, LogLevel.Warning, "recordings are not in the state store yet: {Reason}")]
    public static partial void IndexUnavailable(this ILogger logger, string reason);

    [LoggerMessage(309, LogLevel.Information, "recording {Location} is removed: {Reason}")]
    public static partial void RecordingRemoved(this ILogger logger, string location, string reason);

    [LoggerMessage(310, LogLevel.Warning, "recording {Location} cannot be removed: {Reason}")]
    public static partial void RecordingNotRemoved(this ILogger logger, string location, string reason);

    [LoggerMessage(311, LogLevel.Warning, "collector {Collector} is away, recordings are kept in {Folder}: {Reason}")]
    public static partial void CollectorAway(this ILogger logger, string collector, string folder, string reason);

    [LoggerMessage(312, LogLevel.Information, "collector {Collector} is back")]
    public static partial void CollectorBack(this ILogger logger, string collector);

    [LoggerMessage(313, LogLevel.Error, "recording {Spool} was not delivered to {Collector} and stays where it is: {Reason}")]
    public static partial void NotDelivered(this ILogger logger, string spool, string collector, string reason);

    [LoggerMessage(314, LogLevel.Information, "recording {Spool} of an earlier process is sent to {Collector}")]
    public static partial void SpoolResumed(this ILogger logger, string spool, string collector);
}
