using SshGateway.Protocol.Transport;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Metrics;

/// <summary>
/// Carries the counts of one relayed session to the instruments: once a second and at its end, and only what has changed. The relay
/// itself counts in plain numbers, so that a packet costs nothing.
/// </summary>
internal sealed class RelayMeter(string service, RelayPair relay, SshTransport client, SshTransport destination)
{
    private readonly Lock _lock = new();
    private ulong _fromClient;
    private ulong _fromDestination;
    private int _clientExchanges = client.KeyExchanges;
    private int _destinationExchanges = destination.KeyExchanges;

    /// <summary>May be called by the timer and by the end of the session at once.</summary>
    public void Report()
    {
        if (SessionMetrics.IsIdle) return;
        lock (_lock)
        {
            (ulong fromClient, ulong fromDestination) = relay.DataBytes;
            if (fromClient > _fromClient) SessionMetrics.Relayed(service, Side.Client, (long)(fromClient - _fromClient));
            if (fromDestination > _fromDestination) SessionMetrics.Relayed(service, Side.Destination, (long)(fromDestination - _fromDestination));
            (_fromClient, _fromDestination) = (fromClient, fromDestination);
            Report(Side.Client, client.KeyExchanges, ref _clientExchanges);
            Report(Side.Destination, destination.KeyExchanges, ref _destinationExchanges);
        }
    }

    private static void Report(Side leg, int exchanges, ref int reported)
    {
        if (exchanges > reported) SessionMetrics.Rekeyed(leg, exchanges - reported);
        reported = exchanges;
    }
}
