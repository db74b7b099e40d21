using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of what a session starts, and of what looks on at it.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(160, LogLevel.Warning, "session={Session} refused for {User}: {Reason}")]
    public static partial void TapRefused(this ILogger logger, string session, string user, string reason);
}
