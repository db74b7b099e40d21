using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>
/// Writes to the store behind everybody's back: whoever adds never waits, what has gathered goes out in one call. The queue is
/// bounded; when it is full, what comes is dropped and counted.
/// </summary>
internal sealed class BatchWriter<T>(string what, int capacity, Func<IReadOnlyList<T>, CancellationToken, Task> write, ILogger logger)
{
    /// <summary>Items of one call.</summary>
    private const int MaxBatch = 1000;

    private readonly Channel<T> _queue = Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleReader = true });
    private long _dropped;
    private bool _isFailing;

    /// <summary>Items that were never written, because the queue was full or the store refused them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Items that wait to be written.</summary>
    public int Waiting => _queue.Reader.Count;

    public void Add(T item)
    {
        if (!_queue.Writer.TryWrite(item)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Nothing is added any more: <see cref="RunAsync"/> ends when all is written.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Writes until <see cref="Complete"/>, or until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<T>();
        while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out T? item)) batch.Add(item);
            await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(List<T> batch, CancellationToken cancellationToken)
    {
        try
        {
            await write(batch.ToArray(), cancellationToken).ConfigureAwait(false);
            _isFailing = false;
        }
        catch (StateStoreException e)
        {
            Interlocked.Add(ref _dropped, batch.Count);
            if (!_isFailing) logger.BatchLost(what, batch.Count, e.Message);
            _isFailing = true;
        }
    }
}
