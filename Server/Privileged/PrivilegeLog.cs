using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Privileged;

/// <summary>What the log says of rights that the gateway has and has not.</summary>
internal static partial class PrivilegeLog
{
    [LoggerMessage(620, LogLevel.Information, "running as {User} (uid {Uid}), with a helper of its own")]
    public static partial void Dropped(this ILogger logger, string user, uint uid);

    [LoggerMessage(621, LogLevel.Warning, "goes on as root: {Reason}")]
    public static partial void StaysRoot(this ILogger logger, string reason);

    [LoggerMessage(622, LogLevel.Information, "the helper (version {Version}) serves on {Socket}")]
    public static partial void HelperFound(this ILogger logger, string version, string socket);

    [LoggerMessage(623, LogLevel.Warning, "not available: {What}: {Reason}")]
    public static partial void NotAvailable(this ILogger logger, string what, string reason);

    [LoggerMessage(625, LogLevel.Warning, "a reload will fail, because user {User} cannot read: {Files}")]
    public static partial void ReloadWillFail(this ILogger logger, string user, string files);

    [LoggerMessage(624, LogLevel.Error, "the helper and what kept it running have ended: passwords, users' files, users' keys and commands are not available until the gateway is started again")]
    public static partial void HelperLost(this ILogger logger);
}
