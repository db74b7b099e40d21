using SshGateway.Storage.State.Memory;

namespace SshGateway.Storage.State.Resilience;

/// <summary>What the store has to learn when it is back. Later news about the same thing replace earlier ones.</summary>
internal sealed class OutageJournal(TimeProvider time)
{
    /// <summary>Events beyond that are lost, the oldest first; other news are as many as there are hosts, keys and connections.</summary>
    private const int MostEvents = 10_000;

    private const int ChunkLength = 2000;
    private const int EndsAtOnce = 8;

    private readonly Lock _lock = new();
    private readonly Queue<EventRecord> _events = [];
    private HashSet<string> _connections = [];
    private Dictionary<string, Ended> _ended = [];
    private Dictionary<string, Func<IStateStore, CancellationToken, Task>> _writes = [];

    public int Count
    {
        get
        {
            lock (_lock) return _events.Count + _connections.Count + _ended.Count + _writes.Count;
        }
    }

    /// <summary>The connection, as memory knows it, is to be put.</summary>
    public void Touch(string connection)
    {
        lock (_lock) _connections.Add(connection);
    }

    /// <param name="connection">The connection as it was; null when nothing is known but its id.</param>
    /// <param name="id">Its id.</param>
    /// <param name="keyTtl">How long its host is remembered from now on.</param>
    /// <param name="persist">How long it is persisted from now on.</param>
    public void End(string id, ConnectionRecord? connection, TimeSpan keyTtl, TimeSpan persist)
    {
        lock (_lock)
        {
            _connections.Remove(id);
            _ended[id] = new Ended(id, connection, keyTtl, persist, time.GetUtcNow());
        }
    }

    /// <param name="subject">What the write is about.</param>
    /// <param name="write">The write.</param>
    public void Write(string subject, Func<IStateStore, CancellationToken, Task> write)
    {
        lock (_lock) _writes[subject] = write;
    }

    public void Add(IReadOnlyList<EventRecord> events)
    {
        lock (_lock)
        {
            foreach (EventRecord added in events)
            {
                if (_events.Count == MostEvents) _events.Dequeue();
                _events.Enqueue(added);
            }
        }
    }

    /// <summary>Writes everything; what could not be written stays. Live connections go first.</summary>
    public async Task WriteBackAsync(IStateStore store, MemoryStateStore memory, CancellationToken cancellationToken)
    {
        await WriteConnectionsAsync(store, memory, cancellationToken);
        await WriteEndedAsync(store, cancellationToken);
        await WriteOthersAsync(store, cancellationToken);
        await WriteEventsAsync(store, cancellationToken);
    }

    private async Task WriteConnectionsAsync(IStateStore store, MemoryStateStore memory, CancellationToken cancellationToken)
    {
        HashSet<string> touched;
        lock (_lock) (touched, _connections) = (_connections, []);
        try
        {
            foreach (ConnectionRecord[] chunk in memory.Find(touched).Chunk(ChunkLength))
            {
                await store.PutConnectionsAsync(chunk, cancellationToken);
                EndWhatHasEnded(chunk, memory);
            }
        }
        catch
        {
            lock (_lock) _connections.UnionWith(touched);
            throw;
        }
    }

    /// <summary>One that ended while it was put has told the store so before; it has to be told again.</summary>
    private void EndWhatHasEnded(ConnectionRecord[] put, MemoryStateStore memory)
    {
        HashSet<string> live = [.. memory.Find(put.Select(c => c.Id)).Select(c => c.Id)];
        foreach (ConnectionRecord gone in put.Where(c => !live.Contains(c.Id)))
        {
            lock (_lock) _ended.TryAdd(gone.Id, new Ended(gone.Id, null, TimeSpan.Zero, TimeSpan.Zero, time.GetUtcNow()));
        }
    }

    private async Task WriteEndedAsync(IStateStore store, CancellationToken cancellationToken)
    {
        Dictionary<string, Ended> ended;
        lock (_lock) (ended, _ended) = (_ended, []);
        try
        {
            // One that began in the outage is not known there: it is put, so that its end tells where it was.
            DateTimeOffset now = time.GetUtcNow();
            Ended[] remembered = [.. ended.Values.Where(e => e.Connection is not null && e.IsRemembered(now))
                .GroupBy(e => (e.Connection!.User, e.Connection.Service)).Select(g => g.MaxBy(e => e.At)!)];
            foreach (ConnectionRecord[] chunk in remembered.Select(e => e.Connection!).Chunk(ChunkLength))
                await store.PutConnectionsAsync(chunk, cancellationToken);
            HashSet<string> last = [.. remembered.Select(e => e.Id)];
            await Parallel.ForEachAsync(
                ended.Values,
                new ParallelOptions { MaxDegreeOfParallelism = EndsAtOnce, CancellationToken = cancellationToken },
                async (end, token) => await (last.Contains(end.Id)
                    ? store.EndConnectionAsync(end.Id, Left(end.KeyTtl, end.At, now), Left(end.Persist, end.At, now), token)
                    : store.EndConnectionAsync(end.Id, TimeSpan.Zero, TimeSpan.Zero, token)));
        }
        catch
        {
            lock (_lock)
            {
                foreach ((string id, Ended end) in ended) _ended.TryAdd(id, end);
            }
            throw;
        }
    }

    private async Task WriteOthersAsync(IStateStore store, CancellationToken cancellationToken)
    {
        Dictionary<string, Func<IStateStore, CancellationToken, Task>> writes;
        lock (_lock) (writes, _writes) = (_writes, []);
        foreach ((string subject, Func<IStateStore, CancellationToken, Task> write) in writes.ToList())
        {
            try
            {
                await write(store, cancellationToken);
                writes.Remove(subject);
            }
            catch (StateStoreException e) when (!e.IsOutage)
            {
                writes.Remove(subject); // it will never be written
            }
            catch
            {
                lock (_lock)
                {
                    foreach ((string left, Func<IStateStore, CancellationToken, Task> again) in writes) _writes.TryAdd(left, again);
                }
                throw;
            }
        }
    }

    private async Task WriteEventsAsync(IStateStore store, CancellationToken cancellationToken)
    {
        EventRecord[] events;
        lock (_lock) events = [.. _events];
        if (events.Length == 0) return;
        await store.AddEventsAsync(events, cancellationToken);
        lock (_lock)
        {
            // What was dropped meanwhile because the queue was full is not counted twice.
            foreach (EventRecord written in events)
                if (_events.TryPeek(out EventRecord? first) && ReferenceEquals(first, written)) _events.Dequeue();
        }
    }

    private static TimeSpan Left(TimeSpan ttl, DateTimeOffset since, DateTimeOffset now) => ttl - (now - since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private sealed record Ended(string Id, ConnectionRecord? Connection, TimeSpan KeyTtl, TimeSpan Persist, DateTimeOffset At)
    {
        public bool IsRemembered(DateTimeOffset now) => Left(KeyTtl, At, now) > TimeSpan.Zero || Left(Persist, At, now) > TimeSpan.Zero;
    }
}
