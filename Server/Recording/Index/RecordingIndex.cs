using Microsoft.Extensions.Logging;
using SshGateway.Storage.State;

namespace SshGateway.Server.Recording.Index;

/// <summary>
/// Brings rows and events to the state store in the background. While the store is away the newest row of each recording is kept, so that
/// the index is right again when it returns; what does not fit is dropped, oldest first.
/// </summary>
internal sealed class RecordingIndex : IRecordingIndex, IAsyncDisposable
{
    private const int MostRows = 20_000;
    private const int MostEvents = 20_000;
    private const int EventsAtOnce = 500;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly IStateStore _store;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, RecordingRecord> _rows = new(StringComparer.Ordinal);
    private readonly Queue<EventRecord> _events = new();
    private readonly SemaphoreSlim _more = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private bool _away;

    public RecordingIndex(IStateStore store, ILogger log, TimeProvider time)
    {
        _store = store;
        _log = log;
        _time = time;
        _running = Task.Run(RunAsync);
    }

    public void Put(RecordingRecord recording)
    {
        lock (_lock)
        {
            _rows[recording.Id] = recording;
            if (_rows.Count > MostRows) _rows.RemoveAt(0);
        }

        Wake();
    }

    public void Put(EventRecord happened)
    {
        lock (_lock)
        {
            _events.Enqueue(happened);
            if (_events.Count > MostEvents) _events.Dequeue();
        }

        Wake();
    }

    /// <summary>Writes what is left, for a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        _closing.CancelAfter(ClosePatience);
        Wake();
        using var idle = new CancellationTokenSource(ClosePatience);
        while (HasMore && !idle.IsCancellationRequested) await Task.Delay(10).ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _closing.Dispose();
    }

    private bool HasMore
    {
        get
        {
            lock (_lock) return _rows.Count + _events.Count > 0;
        }
    }

    private void Wake()
    {
        try
        {
            if (_more.CurrentCount == 0) _more.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another has just done so.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _more.WaitAsync(_closing.Token).ConfigureAwait(false);
                while (HasMore) await WriteAsync(_closing.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteRowAsync(cancellationToken).ConfigureAwait(false);
            await WriteEventsAsync(cancellationToken).ConfigureAwait(false);
            _away = false;
        }
        catch (StateStoreException e)
        {
            if (!_away) _log.IndexUnavailable(e.Message);
            _away = true;
            await Task.Delay(Retry, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteRowAsync(CancellationToken cancellationToken)
    {
        RecordingRecord row;
        lock (_lock)
        {
            if (_rows.Count == 0) return;
            row = _rows.GetAt(0).Value;
        }

        await _store.PutRecordingAsync(row, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            // It may have changed in the meantime; then the newer one is still to be written.
            if (_rows.TryGetValue(row.Id, out RecordingRecord? current) && ReferenceEquals(current, row)) _rows.Remove(row.Id);
        }
    }

    private async Task WriteEventsAsync(CancellationToken cancellationToken)
    {
        EventRecord[] events;
        lock (_lock) events = [.. _events.Take(EventsAtOnce)];
        if (events.Length == 0) return;
        await _store.AddEventsAsync(events, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            for (int i = 0; i < events.Length && _events.Count > 0 && ReferenceEquals(_events.Peek(), events[i]); i++) _events.Dequeue();
        }
    }
}
