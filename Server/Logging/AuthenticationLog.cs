using System.Net;
using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of authentication by PAM and of second factors. Never anything that was typed.</summary>
internal static partial class AuthenticationLog
{
    [LoggerMessage(140, LogLevel.Error, "session={Session} PAM cannot be asked: {Reason}")]
    public static partial void PamUnavailable(this ILogger logger, string session, string reason);

    [LoggerMessage(141, LogLevel.Debug, "session={Session} PAM refused: {Reason}")]
    public static partial void PamRefused(this ILogger logger, string session, string reason);

    [LoggerMessage(142, LogLevel.Warning, "session={Session} account of {User} from {Address} is refused: {Outcome}: {Reason}")]
    public static partial void AccountRefused(this ILogger logger, string session, string user, IPAddress address, string outcome, string reason);

    [LoggerMessage(143, LogLevel.Error, "session={Session} the PAM session cannot be opened: {Reason}")]
    public static partial void PamSessionFailed(this ILogger logger, string session, string reason);

    [LoggerMessage(144, LogLevel.Warning, "auth.methods: {Methods} is not offered: {Reason}")]
    public static partial void MethodNotOffered(this ILogger logger, string methods, string reason);

    [LoggerMessage(145, LogLevel.Information, "session={Session} second factor of {User} from {Address} is remembered: not asked again until {Until:u}")]
    public static partial void SecondFactorRemembered(this ILogger logger, string session, string user, IPAddress address, DateTimeOffset until);

    [LoggerMessage(146, LogLevel.Information, "session={Session} second factor of {User} from {Address} was passed before: not asked")]
    public static partial void SecondFactorNotAsked(this ILogger logger, string session, string user, IPAddress address);

    [LoggerMessage(147, LogLevel.Warning, "session={Session} the state store cannot say whether a second factor was passed: {Reason}")]
    public static partial void SecondFactorUnknown(this ILogger logger, string session, string reason);

    [LoggerMessage(149, LogLevel.Warning, "session={Session} auth.{Setting}: {Reason}")]
    public static partial void LookupFailed(this ILogger logger, string session, string setting, string reason);

    [LoggerMessage(148, LogLevel.Information, "session={Session} host-based login of {User} from {Host} is refused: {Reason}")]
    public static partial void HostbasedRefused(this ILogger logger, string session, string user, string host, string reason);
}
