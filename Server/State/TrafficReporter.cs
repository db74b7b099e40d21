using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>Byte counts of all sessions, in one call per interval; nothing is kept per session but the last count.</summary>
internal sealed class TrafficReporter(IStateStore store, string gateway, LiveConnections connections, TimeProvider time)
{
    private long _reportedAt = time.GetTimestamp();

    /// <summary>What has passed since the last report, for those connections where anything did, or where it has stopped.</summary>
    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        double seconds = Math.Max(0.001, time.GetElapsedTime(_reportedAt).TotalSeconds);
        _reportedAt = time.GetTimestamp();
        DateTimeOffset now = time.GetUtcNow();
        var samples = new List<TrafficSample>();
        foreach (LiveConnection connection in connections.All)
        {
            if (Sample(connection, seconds, now) is { } sample) samples.Add(sample);
        }

        // The bandwidth of hosts is that of the last report: it must not stay when the one who caused it has gone.
        if (samples.Count > 0 || connections.TakeBusyEnd()) await store.PutTrafficAsync(gateway, samples, cancellationToken).ConfigureAwait(false);
    }

    private static TrafficSample? Sample(LiveConnection connection, double seconds, DateTimeOffset now)
    {
        if (connection.Session.Relay is not { } relay) return null;
        TrafficMemory memory = connection.Traffic;
        (ulong fromClient, ulong fromDestination) = relay.DataBytes;
        ulong addedIn = fromClient - memory.FromClient;
        ulong addedOut = fromDestination - memory.FromDestination;
        bool isBusy = addedIn + addedOut > 0;
        if (!isBusy && !memory.WasBusy) return null;
        memory.FromClient = fromClient;
        memory.FromDestination = fromDestination;
        memory.WasBusy = isBusy;
        if (isBusy) memory.LastActive = now;
        return new TrafficSample(
            connection.Record.Id, (long)fromClient, (long)fromDestination, (long)(addedIn / seconds), (long)(addedOut / seconds), memory.LastActive);
    }
}
