using System.Net;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Listeners;

/// <summary>What the log says of a connection that ended before its user was authenticated, in sshd's words. Who came and left is not worth a line.</summary>
internal static class FailedLogin
{
    public static void Log(ILogger log, GatewaySession session, AuthConfiguration auth, Exception error)
    {
        (IPAddress address, int port) = (session.Source.Address, session.Source.Port);
        string user = PeerText.Escape(session.User);
        bool isInvalid = session.FailedAttempts > 0 && auth.RequireSystemUser && UserDirectory.Find(session.User) is null;
        if (isInvalid) log.InvalidUser(session.Id, user, address, port);
        string who = session.User.Length == 0 ? "" : isInvalid ? $"invalid user {user} " : $"authenticating user {user} ";
        switch (error)
        {
            case OperationCanceledException:
                log.LoginTimeout(session.Id, address, port);
                break;
            case SshProtocolException { Reason: DisconnectReason.NoMoreAuthMethodsAvailable }:
                log.TooManyAttempts(session.Id, isInvalid ? $"invalid user {user}" : user, address, port);
                break;
            case SshProtocolException { Reason: DisconnectReason.ProtocolVersionNotSupported }:
                log.NoSshClient(session.Id, address, port);
                break;
            case SshProtocolException { Reason: DisconnectReason.KeyExchangeFailed } e:
                log.NotNegotiated(session.Id, address, port, PeerText.Escape(e.Message));
                break;
            case SshProtocolException e:
                log.BrokenOff(session.Id, who, address, port, PeerText.Escape(e.Message));
                break;
            default:
                if (session.FailedAttempts == 0) log.ProbeLeft(session.Id, address, port);
                else log.ClosedUnauthenticated(session.Id, who.TrimEnd(), address, port);
                break;
        }
    }
}
