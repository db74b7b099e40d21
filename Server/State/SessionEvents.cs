using System.Globalization;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Authentication;
using SshGateway.Server.Destinations;
using SshGateway.Server.Listeners;
using SshGateway.Server.Relay;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>What the store's history is told of one session.</summary>
internal sealed class SessionEvents(GatewayState state, GatewaySession session, TimeProvider time)
{
    public void LoggedIn(AuthenticatedUser user, ReadyDestination destination, string howChosen) =>
        Tell("login", user.Name, destination.Host.ToString(), $"{user.Method}{(user.Key is { } key ? " " + KeyText.Of(key) : "")}; {howChosen}");

    /// <summary>What became of one attempt to authenticate.</summary>
    public void Attempted(string user, string line) => Tell("auth", PeerText.Escape(user), "", line);

    /// <summary>A user who proved who he is is not let in, or has nowhere to go.</summary>
    public void Refused(AuthenticatedUser user, string reason) => Tell("refusal", user.Name, "", reason);

    /// <summary>Nobody proved who he is. Connections that did not even name a user are no history.</summary>
    public void NotAuthenticated(string reason)
    {
        if (session.User.Length > 0) Tell("refusal", PeerText.Escape(session.User), "", $"not authenticated: {reason}");
    }

    public void Ended(string user, ReadyDestination destination, RelayPair relay, RelayEnd end)
    {
        (ulong fromClient, ulong fromDestination) = relay.DataBytes;
        double seconds = time.GetElapsedTime(session.StartedAt).TotalSeconds;
        Tell("end", user, destination.Host.ToString(), string.Create(
            CultureInfo.InvariantCulture, $"after {seconds:0.0} s, {fromClient} bytes in, {fromDestination} bytes out: {PeerText.Escape(end.Message)}"));
    }

    private void Tell(string kind, string user, string host, string message) => state.Tell(new EventRecord
    {
        Time = time.GetUtcNow(),
        Kind = kind,
        Connection = session.Id,
        User = user,
        Source = session.Source.ToString(),
        Host = host,
        Message = message,
    });
}
