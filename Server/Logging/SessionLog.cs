using System.Net;
using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Logging;

/// <summary>What the log says of a connection: one line per stage, always with the session id. Texts from outside come escaped.</summary>
internal static partial class SessionLog
{
    /// <summary>What tells of logins, in sshd's wording.</summary>
    public static bool IsOfLogin(int id) => id is 101 or 102 or 103 or 114 or (>= 115 and <= 119) or (>= 121 and <= 123) or 125;

    /// <summary>A login that the key <paramref name="rule"/> of <c>auth</c> forbids, in the words sshd has for it.</summary>
    public static void LoginForbidden(this ILogger logger, string session, string user, IPAddress address, string rule)
    {
        if (rule == "allow_root") logger.RootRefused(session, address);
        else logger.LoginNotAllowed(session, user, address, Reason(rule));
    }

    private static string Reason(string rule) => rule switch
    {
        "deny_users" => "listed in DenyUsers",
        "allow_users" => "not listed in AllowUsers",
        "deny_groups" => "a group is listed in DenyGroups",
        "allow_groups" => "none of user's groups are listed in AllowGroups",
        _ => rule,
    };

    [LoggerMessage(100, LogLevel.Debug, "session={Session} connection from {Source} on {Local}")]
    public static partial void Connected(this ILogger logger, string session, IPEndPoint source, IPEndPoint local);

    [LoggerMessage(101, LogLevel.Information, "session={Session} Accepted {Method} for {User} from {Address} port {Port} ssh2: {Key}")]
    public static partial void Accepted(this ILogger logger, string session, string method, string user, IPAddress address, int port, string key);

    [LoggerMessage(102, LogLevel.Information, "session={Session} Failed {Method} for {User} from {Address} port {Port} ssh2: {Key}")]
    public static partial void KeyRefused(this ILogger logger, string session, string method, string user, IPAddress address, int port, string key);

    /// <summary>Who is "invalid user NAME" or "authenticating user NAME".</summary>
    [LoggerMessage(103, LogLevel.Information, "session={Session} Connection closed by {Who} {Address} port {Port} [preauth]")]
    public static partial void ClosedUnauthenticated(this ILogger logger, string session, string who, IPAddress address, int port);

    [LoggerMessage(115, LogLevel.Debug, "session={Session} Connection closed by {Address} port {Port} [preauth]")]
    public static partial void ProbeLeft(this ILogger logger, string session, IPAddress address, int port);

    [LoggerMessage(116, LogLevel.Information, "session={Session} Invalid user {User} from {Address} port {Port}")]
    public static partial void InvalidUser(this ILogger logger, string session, string user, IPAddress address, int port);

    [LoggerMessage(117, LogLevel.Information, "session={Session} maximum authentication attempts exceeded for {User} from {Address} port {Port} ssh2 [preauth]")]
    public static partial void TooManyAttempts(this ILogger logger, string session, string user, IPAddress address, int port);

    [LoggerMessage(118, LogLevel.Information, "session={Session} Timeout before authentication for {Address} port {Port}")]
    public static partial void LoginTimeout(this ILogger logger, string session, IPAddress address, int port);

    [LoggerMessage(119, LogLevel.Information, "session={Session} banner exchange: Connection from {Address} port {Port}: invalid format")]
    public static partial void NoSshClient(this ILogger logger, string session, IPAddress address, int port);

    [LoggerMessage(121, LogLevel.Information, "session={Session} Unable to negotiate with {Address} port {Port}: {Reason} [preauth]")]
    public static partial void NotNegotiated(this ILogger logger, string session, IPAddress address, int port, string reason);

    [LoggerMessage(122, LogLevel.Information, "session={Session} Disconnecting {Who}{Address} port {Port}: {Reason} [preauth]")]
    public static partial void BrokenOff(this ILogger logger, string session, string who, IPAddress address, int port, string reason);

    /// <summary>For methods without a key: sshd's "Failed password for NAME", with "invalid user " before names nobody has.</summary>
    [LoggerMessage(123, LogLevel.Information, "session={Session} Failed {Method} for {User} from {Address} port {Port} ssh2")]
    public static partial void LoginFailed(this ILogger logger, string session, string method, string user, IPAddress address, int port);

    [LoggerMessage(124, LogLevel.Information, "session={Session} {FromClient} bytes from the client, {FromDestination} bytes from the destination so far")]
    public static partial void Transferred(this ILogger logger, string session, ulong fromClient, ulong fromDestination);

    [LoggerMessage(104, LogLevel.Information, "session={Session} client leg: {Identification} kex={Kex} hostkey={HostKey} cipher={Cipher} mac={Mac} strict={Strict} pq={PostQuantum}")]
    public static partial void ClientLeg(this ILogger logger, string session, string identification, string kex, string hostKey, string cipher, string mac, bool strict, bool postQuantum);

    [LoggerMessage(105, LogLevel.Information, "session={Session} destination leg: {Host} {Identification} user={User} auth={Auth} kex={Kex} hostkey={HostKey} cipher={Cipher} mac={Mac} strict={Strict} pq={PostQuantum}")]
    public static partial void DestinationLeg(this ILogger logger, string session, string host, string identification, string user, string auth, string kex, string hostKey, string cipher, string mac, bool strict, bool postQuantum);

    [LoggerMessage(106, LogLevel.Warning, "session={Session} destination {Host} failed: {Reason}")]
    public static partial void DestinationFailed(this ILogger logger, string session, string host, string reason);

    [LoggerMessage(107, LogLevel.Error, "session={Session} destination {Host}: host key mismatch: {Reason}")]
    public static partial void HostKeyMismatch(this ILogger logger, string session, string host, string reason);

    [LoggerMessage(108, LogLevel.Warning, "session={Session} no destination for {User}: {Reason}")]
    public static partial void NoDestination(this ILogger logger, string session, string user, string reason);

    [LoggerMessage(109, LogLevel.Information, "session={Session} ended after {Seconds:0.0} s: {Reason}; {FromClient} bytes from the client, {FromDestination} bytes from the destination")]
    public static partial void Ended(this ILogger logger, string session, double seconds, string reason, ulong fromClient, ulong fromDestination);

    [LoggerMessage(110, LogLevel.Error, "session={Session} internal error")]
    public static partial void InternalError(this ILogger logger, Exception error, string session);

    [LoggerMessage(111, LogLevel.Debug, "session={Session} destination banner: {Text}")]
    public static partial void DestinationBanner(this ILogger logger, string session, string text);

    [LoggerMessage(112, LogLevel.Warning, "session={Session} keys of {User} in {File} are not used: {Reason}")]
    public static partial void KeyFileRefused(this ILogger logger, string session, string user, string file, string reason);

    [LoggerMessage(113, LogLevel.Debug, "session={Session} {File} line {Line} is skipped: {Reason}")]
    public static partial void KeyLineSkipped(this ILogger logger, string session, string file, int line, string reason);

    [LoggerMessage(114, LogLevel.Information, "session={Session} User {User} from {Address} not allowed because {Rule}")]
    public static partial void LoginNotAllowed(this ILogger logger, string session, string user, IPAddress address, string rule);

    [LoggerMessage(125, LogLevel.Information, "session={Session} ROOT LOGIN REFUSED FROM {Address}")]
    public static partial void RootRefused(this ILogger logger, string session, IPAddress address);

    [LoggerMessage(120, LogLevel.Warning, "session={Session} destination {Host} is allowed legacy algorithms; used: {Names}")]
    public static partial void LegacyDestination(this ILogger logger, string session, string host, string names);

    [LoggerMessage(130, LogLevel.Information, "session={Session} certificate of {User} is refused: {Key}: {Reason}")]
    public static partial void CertificateRefused(this ILogger logger, string session, string user, string key, string reason);

    [LoggerMessage(131, LogLevel.Warning, "session={Session} {Key} is revoked by {File}")]
    public static partial void KeyRevoked(this ILogger logger, string session, string key, string file);

    [LoggerMessage(132, LogLevel.Error, "session={Session} no key is accepted, because a revocation list cannot be used: {Reason}")]
    public static partial void RevocationListUnusable(this ILogger logger, string session, string reason);

    [LoggerMessage(133, LogLevel.Error, "session={Session} user certificate authorities cannot be read: {Reason}")]
    public static partial void AuthoritiesUnusable(this ILogger logger, string session, string reason);

    [LoggerMessage(134, LogLevel.Information, "session={Session} signature of {Key} is refused: {Reason}")]
    public static partial void SignatureRefused(this ILogger logger, string session, string key, string reason);

    [LoggerMessage(136, LogLevel.Warning, "session={Session} {Host} opens no session: {Reason}")]
    public static partial void HeldSessionRefused(this ILogger logger, string session, string host, string reason);

    [LoggerMessage(135, LogLevel.Warning, "session={Session} destination credentials are not used: {Reason}")]
    public static partial void CredentialUnusable(this ILogger logger, string session, string reason);
}
