using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Authentication;
using SshGateway.Server.Destinations;

namespace SshGateway.Server.State;

/// <summary>What the store is told of a connection beside its record; the names are those of <c>show sessions</c>.</summary>
internal static class ConnectionDetails
{
    public static Dictionary<string, string> Of(SshTransport client, AuthenticatedUser user, ReadyDestination destination)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["auth"] = user.Method,
            ["destination_user"] = PeerText.Escape(destination.User),
            ["destination_auth"] = PeerText.Escape(destination.How),
        };
        if (user.Key is { } key) details["key"] = KeyText.Of(key);
        AddLeg(details, "client", client);
        AddLeg(details, "destination", destination.Transport);
        return details;
    }

    private static void AddLeg(Dictionary<string, string> details, string leg, SshTransport transport)
    {
        details[$"{leg}_version"] = PeerText.Escape(transport.PeerIdentification);
        if (transport.Algorithms is not { } algorithms) return;
        details[$"{leg}_kex"] = algorithms.KeyExchange;
        details[$"{leg}_hostkey"] = algorithms.HostKey;
        // As seen from the one who sent most of it: what the client gets and what the destination sends is the same data.
        bool isClient = leg == "client";
        details[$"{leg}_cipher"] = isClient ? algorithms.CipherOut : algorithms.CipherIn;
        details[$"{leg}_mac"] = isClient ? algorithms.MacOut : algorithms.MacIn;
        details[$"{leg}_pq"] = algorithms.IsPostQuantum ? "yes" : "no";
    }
}
