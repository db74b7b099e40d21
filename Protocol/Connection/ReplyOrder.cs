using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>
/// Replies carry no id: the peer matches them by order (RFC 4254 §4). Requests may be answered in any order and from any thread;
/// their replies are written in the order in which they came.
/// </summary>
internal sealed class ReplyOrder(Action<byte[]> write)
{
    /// <summary>A peer that piles up more requests than this without waiting for any reply is disconnected.</summary>
    private const int MaxPending = 256;

    private readonly Lock _lock = new();
    private readonly Queue<PendingReply> _pending = new();

    public PendingReply Add()
    {
        var reply = new PendingReply(this);
        lock (_lock)
        {
            if (_pending.Count == MaxPending) throw new SshProtocolException(DisconnectReason.ByApplication, "too many requests wait for a reply");
            _pending.Enqueue(reply);
        }

        return reply;
    }

    internal bool Answer(PendingReply reply, byte[] message)
    {
        lock (_lock)
        {
            if (reply.Message is not null) return false;
            reply.Message = message;
            // Written inside the lock: two threads that answer must not overtake each other.
            while (_pending.TryPeek(out PendingReply? first) && first.Message is not null) write(_pending.Dequeue().Message!);
            return true;
        }
    }
}

/// <summary>The place of one reply in the order.</summary>
internal sealed class PendingReply(ReplyOrder order)
{
    internal byte[]? Message { get; set; }

    /// <summary>Gives the reply; false if it was given before.</summary>
    public bool Answer(byte[] message) => order.Answer(this, message);
}
