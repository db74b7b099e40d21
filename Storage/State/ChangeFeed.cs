using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SshGateway.Storage.State;

/// <summary>Hands each change to everybody who watches.</summary>
internal sealed class ChangeFeed
{
    /// <summary>A watcher that falls so far behind loses its queue and gets <see cref="StateChangeKind.Resync"/> instead.</summary>
    private const int QueueLength = 4096;

    private static readonly StateChange Resync = new(StateChangeKind.Resync);

    private readonly Lock _lock = new();
    private readonly List<Channel<StateChange>> _watchers = [];
    private bool _isClosed;

    public bool HasWatchers
    {
        get
        {
            lock (_lock) return _watchers.Count > 0;
        }
    }

    public void Publish(StateChange change)
    {
        lock (_lock)
        {
            foreach (Channel<StateChange> watcher in _watchers)
                if (!watcher.Writer.TryWrite(change)) Overflow(watcher);
        }
    }

    /// <summary>Something may have been missed by everybody.</summary>
    public void PublishResync() => Publish(Resync);

    /// <param name="listening">Completes when changes are sure to arrive from now on; the first <see cref="StateChangeKind.Resync"/> waits for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<StateChange> ReadAsync(Task listening, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateBounded<StateChange>(QueueLength);
        lock (_lock)
        {
            if (_isClosed) yield break;
            _watchers.Add(watcher);
        }
        try
        {
            await listening.WaitAsync(cancellationToken);
            yield return Resync;
            await foreach (StateChange change in watcher.Reader.ReadAllAsync(cancellationToken)) yield return change;
        }
        finally
        {
            lock (_lock) _watchers.Remove(watcher);
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (Channel<StateChange> watcher in _watchers) watcher.Writer.TryComplete();
        }
    }

    /// <summary>What was queued is dropped, but for orders: they cannot be read again from the store.</summary>
    private static void Overflow(Channel<StateChange> watcher)
    {
        List<StateChange> orders = [];
        while (watcher.Reader.TryRead(out StateChange? dropped))
            if (dropped.Kind == StateChangeKind.Order && orders.Count < QueueLength / 2) orders.Add(dropped);
        watcher.Writer.TryWrite(Resync);
        foreach (StateChange order in orders) watcher.Writer.TryWrite(order);
    }
}
