using System.Diagnostics.Metrics;
using SshGateway.Server.Commands;
using SshGateway.Server.Listeners;
using SshGateway.Server.State;
using SshGateway.Storage.State;

namespace SshGateway.Server.Metrics;

/// <summary>What a gateway looks like at the moment somebody asks. Made where there is an exporter, so it costs nothing otherwise.</summary>
internal sealed class GatewayGauges : IDisposable
{
    private readonly Meter _meter = new(ServerMetrics.MeterName);
    private readonly GatewayServer _server;
    private readonly GatewayState _state;

    public GatewayGauges(GatewayServer server, GatewayState state)
    {
        (_server, _state) = (server, state);
        _meter.CreateObservableUpDownCounter("sshgateway.sessions", Sessions, "{session}", "Client connections of this gateway.");
        _meter.CreateObservableUpDownCounter("sshgateway.hosts", Hosts, "{host}", "Destination hosts this gateway knows of.");
        _meter.CreateObservableUpDownCounter("sshgateway.queue.length", QueueLengths, "{item}", "What waits to be written to the state store.");
        _meter.CreateObservableCounter("sshgateway.queue.dropped", QueueDrops, "{item}", "What was never written to the state store: the queue was full, or the store refused it.");
        _meter.CreateObservableGauge("sshgateway.info", Info, description: "Always 1; which version this is.");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Sessions()
    {
        (int inLogin, int starting, int relaying) = _server.CountSessions();
        yield return new(inLogin, Label("phase", "login"));
        yield return new(starting, Label("phase", "start"));
        yield return new(relaying, Label("phase", "relay"));
    }

    private IEnumerable<Measurement<int>> Hosts()
    {
        int[] counts = new int[3];
        foreach (HostRecord host in _state.Hosts.Known) counts[host.State switch { HostState.Up => 0, HostState.Down => 1, _ => 2 }]++;
        yield return new(counts[0], Label("state", "up"));
        yield return new(counts[1], Label("state", "down"));
        yield return new(counts[2], Label("state", "disabled"));
    }

    private IEnumerable<Measurement<int>> QueueLengths()
    {
        yield return new(_state.Events.Waiting, Label("queue", "events"));
        yield return new(_state.Connections.Details.Waiting, Label("queue", "connection_details"));
        yield return new(_state.Hosts.Successes.Waiting, Label("queue", "host_checks"));
    }

    private IEnumerable<Measurement<long>> QueueDrops()
    {
        yield return new(_state.Events.Dropped, Label("queue", "events"));
        yield return new(_state.Connections.Details.Dropped, Label("queue", "connection_details"));
        yield return new(_state.Hosts.Successes.Dropped, Label("queue", "host_checks"));
    }

    private static Measurement<int> Info() => new(1, Label("version", VersionCommand.Version));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
