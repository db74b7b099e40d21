using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of logins with Kerberos tickets. Names and reasons come escaped.</summary>
internal static partial class KerberosLog
{
    [LoggerMessage(190, LogLevel.Information, "session={Session} {Principal} may log in as {User}; delegated tickets: {IsDelegated}")]
    public static partial void KerberosAccepted(this ILogger logger, string session, string user, string principal, bool isDelegated);

    [LoggerMessage(191, LogLevel.Information, "session={Session} {Principal} may not log in as {User}: {Reason}")]
    public static partial void KerberosRefused(this ILogger logger, string session, string user, string principal, string reason);

    [LoggerMessage(192, LogLevel.Information, "session={Session} Kerberos login of {User} failed: {Reason}")]
    public static partial void KerberosFailed(this ILogger logger, string session, string user, string reason);

    [LoggerMessage(193, LogLevel.Warning, "session={Session} the tickets of {User} cannot be kept for commands: {Reason}")]
    public static partial void TicketsNotKept(this ILogger logger, string session, string user, string reason);
}
