using Microsoft.Extensions.Logging;
using SshGateway.Server.Listeners;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>Carries out what operators order through the store, on the sessions of this gateway.</summary>
internal sealed class OrderDesk(LiveConnections connections, ILogger logger)
{
    private const string DefaultReason = "the session was ended by an administrator";

    /// <summary>Shows a text to the interactive sessions of a connection. Nobody waits for it: it has a time limit and throws nothing.</summary>
    public Action<GatewaySession, string> Tell { get; set; } = static (session, text) => _ = session.Relay?.TellAsync(text);

    public void Carry(GatewayOrder order)
    {
        if (order.Kind == OrderKind.Kill && order is { Connection: null, User: null, Host: null })
        {
            logger.AimlessOrder();
            return;
        }

        foreach (LiveConnection connection in connections.All)
        {
            if (!Matches(order, connection.Record)) continue;
            if (order.Kind == OrderKind.Kill) End(connection, order.Message);
            else Tell(connection.Session, order.Message);
        }
    }

    /// <summary>A drain's time is over.</summary>
    public void EndHost(string host, string message)
    {
        LiveConnection[] left = [.. connections.All.Where(connection => connection.Record.Host == host && !connection.IsEnding)];
        if (left.Length == 0) return;
        logger.DrainEnds(host, left.Length);
        foreach (LiveConnection connection in left) End(connection, message.Length > 0 ? message : "the host is taken out of service");
    }

    private void End(LiveConnection connection, string message)
    {
        if (!connection.TryBeginEnd()) return;
        string reason = message.Length > 0 ? message : DefaultReason;
        logger.Killed(connection.Session.Id, reason);
        // It ends by itself from here, within a second; its own pipeline sees to the rest.
        _ = connection.Session.EndAsync(reason);
    }

    private static bool Matches(GatewayOrder order, ConnectionRecord connection) =>
        (order.Connection is null || string.Equals(order.Connection, connection.Id, StringComparison.OrdinalIgnoreCase))
        && (order.User is null || order.User == connection.User)
        && (order.Host is null || order.Host == connection.Host);
}
