using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>SSH_MSG_GLOBAL_REQUEST of the peer (RFC 4254 §4). Replies go out in the order of the requests, whenever they are given.</summary>
public sealed class GlobalRequest
{
    private readonly PendingReply? _reply;

    internal GlobalRequest(string name, ReadOnlyMemory<byte> data, PendingReply? reply)
    {
        Name = name;
        Data = data;
        _reply = reply;
    }

    /// <summary>Request name, e.g. <c>tcpip-forward</c>.</summary>
    public string Name { get; }

    /// <summary>Fields of the request's own.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the peer waits for a reply; if so, exactly one must be given, or later replies wait for ever.</summary>
    public bool WantsReply => _reply is not null;

    /// <summary>Replies SSH_MSG_REQUEST_SUCCESS; does nothing if no reply is wanted.</summary>
    /// <param name="data">Fields of the reply's own.</param>
    public void Succeed(ReadOnlySpan<byte> data = default) => _reply?.Answer([(byte)MessageId.RequestSuccess, .. data]);

    /// <summary>Replies SSH_MSG_REQUEST_FAILURE; does nothing if no reply is wanted.</summary>
    public void Fail() => _reply?.Answer([(byte)MessageId.RequestFailure]);
}

/// <summary>What became of a global request of ours.</summary>
/// <param name="IsSuccess">SSH_MSG_REQUEST_SUCCESS, not _FAILURE.</param>
/// <param name="Data">Fields of the reply's own; empty after a failure.</param>
public readonly record struct GlobalReply(bool IsSuccess, ReadOnlyMemory<byte> Data);

/// <summary>SSH_MSG_CHANNEL_REQUEST of the peer (RFC 4254 §5.4). Replies go out in the order of the requests, whenever they are given.</summary>
public sealed class ChannelRequest
{
    private readonly PendingReply? _reply;

    internal ChannelRequest(SshChannel channel, string name, ReadOnlyMemory<byte> data, PendingReply? reply)
    {
        Channel = channel;
        Name = name;
        Data = data;
        _reply = reply;
    }

    public SshChannel Channel { get; }

    /// <summary>Request type, e.g. <c>exec</c>.</summary>
    public string Name { get; }

    /// <summary>Fields of the request's own.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the peer waits for a reply; if so, exactly one must be given, or later replies wait for ever.</summary>
    public bool WantsReply => _reply is not null;

    /// <summary>Replies SSH_MSG_CHANNEL_SUCCESS or _FAILURE; does nothing if no reply is wanted.</summary>
    public void Reply(bool success)
    {
        if (_reply is null) return;
        using var writer = new SshWriter(stackalloc byte[8]);
        writer.WriteMessageId(success ? MessageId.ChannelSuccess : MessageId.ChannelFailure);
        writer.WriteUInt32(Channel.RemoteId);
        _reply.Answer(writer.ToArray());
    }
}

/// <summary>SSH_MSG_CHANNEL_OPEN of the peer (RFC 4254 §5.1): exactly one of <see cref="Accept"/> and <see cref="Refuse"/> is to be called.</summary>
public sealed class ChannelOpenRequest
{
    private readonly SshChannel _channel;
    private int _answered;

    internal ChannelOpenRequest(SshChannel channel, ReadOnlyMemory<byte> data)
    {
        _channel = channel;
        Data = data;
    }

    /// <summary>Channel type, e.g. <c>session</c>.</summary>
    public string ChannelType => _channel.ChannelType;

    /// <summary>Fields of the type's own.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Confirms the channel.</summary>
    /// <param name="requestHandler">Answers the peer's requests on it; without one they fail. Called by the read loop, must not block.</param>
    public SshChannel Accept(Action<ChannelRequest>? requestHandler = null)
    {
        Answer();
        _channel.Accept(requestHandler);
        return _channel;
    }

    public void Refuse(OpenFailureReason reason, string message)
    {
        Answer();
        _channel.Refuse(reason, message);
    }

    private void Answer()
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0) throw new InvalidOperationException("the channel was accepted or refused before");
    }
}
