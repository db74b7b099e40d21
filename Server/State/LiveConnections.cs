using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>This gateway's registered connections, and their way into and out of the store.</summary>
internal sealed class LiveConnections
{
    /// <summary>Details that wait to be written; what is dropped when it is full comes with the next resync.</summary>
    private const int QueueLength = 16_384;

    private readonly ConcurrentDictionary<string, LiveConnection> _connections = new(StringComparer.Ordinal);
    private readonly IStateStore _store;
    private readonly ILogger _logger;
    private bool _busyEnd;

    public LiveConnections(IStateStore store, ILogger logger)
    {
        _store = store;
        _logger = logger;
        Details = new BatchWriter<LiveConnection>("connection details", QueueLength, PutAsync, logger);
    }

    /// <summary>Writes changed records.</summary>
    public BatchWriter<LiveConnection> Details { get; }

    public int Count => _connections.Count;

    public IEnumerable<LiveConnection> All => _connections.Values;

    /// <summary>The store has registered it.</summary>
    public void Add(LiveConnection connection) => _connections[connection.Record.Id] = connection;

    /// <summary>What is known of a connection has changed; it is written soon.</summary>
    public void Update(LiveConnection connection, ConnectionRecord record)
    {
        connection.Record = record;
        if (_connections.ContainsKey(record.Id)) Details.Add(connection);
    }

    /// <summary>Something more is known of a connection; of one that is not registered (any more) nothing is noted.</summary>
    public void AddDetail(string id, string name, string value)
    {
        if (!_connections.TryGetValue(id, out LiveConnection? connection)) return;
        // Several recordings of one connection may begin at once.
        lock (connection)
        {
            var details = new Dictionary<string, string>(connection.Record.Details, StringComparer.Ordinal) { [name] = value };
            Update(connection, connection.Record with { Details = details });
        }
    }

    /// <summary>Whether, since it was asked last, one ended whose traffic was reported as not zero.</summary>
    public bool TakeBusyEnd() => Interlocked.Exchange(ref _busyEnd, false);

    /// <summary>It has ended. Never throws: a store that is away has no part in the end of a session.</summary>
    public async Task EndAsync(LiveConnection connection, TimeSpan keyTtl, TimeSpan persist)
    {
        if (!_connections.TryRemove(connection.Record.Id, out _)) return;
        try
        {
            await _store.EndConnectionAsync(connection.Record.Id, keyTtl, persist, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateStoreException e)
        {
            _logger.BatchLost("end of a connection", 1, e.Message);
        }

        if (connection.Traffic.WasBusy) Volatile.Write(ref _busyEnd, true);
    }

    /// <summary>Everything live, once more: the store may have lost it.</summary>
    public Task PutAllAsync(CancellationToken cancellationToken) => PutAsync([.. _connections.Values], cancellationToken);

    private async Task PutAsync(IReadOnlyList<LiveConnection> connections, CancellationToken cancellationToken)
    {
        LiveConnection[] live = [.. connections.Where(IsLive).DistinctBy(connection => connection.Record.Id)];
        if (live.Length == 0) return;
        await _store.PutConnectionsAsync([.. live.Select(WithTraffic)], cancellationToken).ConfigureAwait(false);
        // One that ended meanwhile has come back by this.
        foreach (LiveConnection ended in live.Where(connection => !IsLive(connection)))
            await _store.EndConnectionAsync(ended.Record.Id, ended.Route.StateKeyTtl, ended.Route.Persist, cancellationToken).ConfigureAwait(false);
    }

    private bool IsLive(LiveConnection connection) => _connections.ContainsKey(connection.Record.Id);

    private static ConnectionRecord WithTraffic(LiveConnection connection)
    {
        TrafficMemory traffic = connection.Traffic;
        ConnectionRecord record = connection.Record;
        return record with
        {
            BytesIn = (long)traffic.FromClient,
            BytesOut = (long)traffic.FromDestination,
            LastActive = traffic.LastActive > record.LastActive ? traffic.LastActive : record.LastActive,
        };
    }
}
