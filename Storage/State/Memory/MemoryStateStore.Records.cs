namespace SshGateway.Storage.State.Memory;

public sealed partial class MemoryStateStore
{
    /// <summary>Older events and recordings are forgotten: memory is not where history is kept.</summary>
    private const int Kept = 10_000;

    private readonly Queue<EventRecord> _events = [];
    private readonly Dictionary<string, RecordingRecord> _recordings = [];
    private readonly Dictionary<(string Area, string Key), (byte[] Value, DateTimeOffset Expires)> _shared = [];

    public Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (EventRecord added in events)
            {
                if (_events.Count == Kept) _events.Dequeue();
                _events.Enqueue(added);
            }
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<EventRecord>>(
                [.. _events.Reverse()
                    .Where(e => (filter.Kind is null || filter.Kind == e.Kind) && (filter.User is null || filter.User == e.User)
                        && (filter.Host is null || filter.Host == e.Host) && (filter.Since is null || filter.Since <= e.Time))
                    .OrderByDescending(e => e.Time).Take(filter.Limit)]);
        }
    }

    public Task PutRecordingAsync(RecordingRecord recording, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _recordings[recording.Id] = recording;
            if (_recordings.Count > Kept) _recordings.Remove(_recordings.Values.MinBy(r => r.Start)!.Id);
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<RecordingRecord>>(
                [.. _recordings.Values
                    .Where(r => (filter.User is null || filter.User == r.User) && (filter.Since is null || filter.Since <= r.Start)
                        && (filter.Before is null || filter.Before > r.Start))
                    .OrderByDescending(r => r.Start).ThenBy(r => r.Id, StringComparer.Ordinal).Take(filter.Limit)]);
        }
    }

    public Task RemoveRecordingAsync(string recording, CancellationToken cancellationToken)
    {
        lock (_lock) _recordings.Remove(recording);
        return Task.CompletedTask;
    }

    public Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(
                _shared.TryGetValue((area, key), out (byte[] Value, DateTimeOffset Expires) held) && held.Expires > Now ? held.Value : null);
        }
    }

    public Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<KeyValuePair<string, byte[]>>>(
                [.. _shared.Where(s => s.Key.Area == area && s.Value.Expires > Now)
                    .Select(s => KeyValuePair.Create(s.Key.Key, s.Value.Value)).OrderBy(s => s.Key, StringComparer.Ordinal)]);
        }
    }

    public Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_shared.TryGetValue((area, key), out (byte[] Value, DateTimeOffset Expires) held) && held.Expires > Now) return Task.FromResult(held.Value);
            _shared[(area, key)] = (value, DateTimeOffset.MaxValue);
        }
        _changes.Publish(new StateChange(StateChangeKind.Shared, area + "/" + key));
        return Task.FromResult(value);
    }

    public Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (value is null) _shared.Remove((area, key));
            else _shared[(area, key)] = (value, ttl is null ? DateTimeOffset.MaxValue : Now + ttl.Value);
        }
        _changes.Publish(new StateChange(StateChangeKind.Shared, area + "/" + key));
        return Task.CompletedTask;
    }
}
