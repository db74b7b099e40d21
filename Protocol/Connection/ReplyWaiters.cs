using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>Whoever waits for the peer's replies, in the order of the requests (RFC 4254 §4).</summary>
internal sealed class ReplyWaiters<T>
{
    private readonly Queue<TaskCompletionSource<T>> _waiting = new();
    private Exception? _end;

    /// <summary>Queues a waiter and writes its request; both under one lock, so that their orders are the same.</summary>
    public Task<T> Add(Action writeRequest)
    {
        var waiter = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (_end is not null) return Task.FromException<T>(_end);
            writeRequest();
            _waiting.Enqueue(waiter);
        }

        return waiter.Task;
    }

    /// <exception cref="SshProtocolException">Nobody has asked.</exception>
    public void Complete(T reply)
    {
        TaskCompletionSource<T>? waiter;
        lock (_waiting)
        {
            if (!_waiting.TryDequeue(out waiter)) throw new SshProtocolException(DisconnectReason.ProtocolError, "a reply to a request that was not made");
        }

        waiter.TrySetResult(reply);
    }

    /// <summary>No reply comes any more: those who wait, and those who ask later, get the error.</summary>
    public void End(Exception error)
    {
        lock (_waiting)
        {
            _end ??= error;
            while (_waiting.TryDequeue(out TaskCompletionSource<T>? waiter)) waiter.TrySetException(_end);
        }
    }
}
