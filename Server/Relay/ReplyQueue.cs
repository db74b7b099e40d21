using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>How the reply to a request comes about.</summary>
internal enum ReplyKind : byte
{
    /// <summary>The other side will reply; its reply is forwarded.</summary>
    Forward,

    /// <summary>As <see cref="Forward"/>; a failure means that there is no terminal.</summary>
    ForwardTerminal,

    /// <summary>The other side will reply to a request of the gateway's own; the reply ends here.</summary>
    Swallow,

    /// <summary>The gateway answers success when the turn comes.</summary>
    AnswerSuccess,

    /// <summary>The gateway answers failure when the turn comes.</summary>
    AnswerFailure,

    /// <summary>The gateway answers success with a payload that was kept for the turn.</summary>
    AnswerKept,
}

/// <summary>
/// Replies to requests carry no id (RFC 4254 §4, §5.4): they are told apart by their order alone. One queue for each sender of
/// requests, for the connection and for each channel. A local answer waits behind replies that are still to come from the
/// other side, and never blocks a pump.
/// </summary>
internal struct ReplyQueue
{
    /// <summary>More unanswered requests than that end the connection.</summary>
    public const int MaxPending = 1024;

    private ReplyKind[]? _ring;
    private int _head;

    public int Count { get; private set; }

    /// <exception cref="SshProtocolException">1,024 requests wait already.</exception>
    public void Enqueue(ReplyKind kind)
    {
        if (Count == MaxPending) throw new SshProtocolException(DisconnectReason.ProtocolError, "too many unanswered requests");
        if (_ring is null || Count == _ring.Length) Grow();
        _ring![(_head + Count) & (_ring.Length - 1)] = kind;
        Count++;
    }

    /// <summary>A reply came from the other side: what to do with it.</summary>
    /// <exception cref="SshProtocolException">Nobody asked for it.</exception>
    public ReplyKind TakeRemote()
    {
        if (Count == 0) throw new SshProtocolException(DisconnectReason.ProtocolError, "a reply to a request that was never made");
        return Dequeue();
    }

    /// <summary>After <see cref="TakeRemote"/>: the local answers whose turn has come.</summary>
    public bool TryTakeLocal(out ReplyKind answer)
    {
        answer = default;
        if (Count == 0 || _ring![_head] is ReplyKind.Forward or ReplyKind.ForwardTerminal or ReplyKind.Swallow) return false;
        answer = Dequeue();
        return true;
    }

    private ReplyKind Dequeue()
    {
        ReplyKind kind = _ring![_head];
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return kind;
    }

    private void Grow()
    {
        var larger = new ReplyKind[_ring is null ? 8 : _ring.Length * 2];
        for (int i = 0; i < Count; i++) larger[i] = _ring![(_head + i) & (_ring.Length - 1)];
        _ring = larger;
        _head = 0;
    }
}
