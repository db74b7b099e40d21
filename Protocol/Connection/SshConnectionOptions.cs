namespace SshGateway.Protocol.Connection;

/// <summary>Bounds of a connection and who answers what the peer asks for. The handlers are called by the read loop and must not block.</summary>
public sealed record SshConnectionOptions
{
    /// <summary>Channels open at the same time; further ones are refused (RFC 4254 §5.1, resource shortage).</summary>
    public int MaxChannels { get; init; } = 1024;

    /// <summary>Bytes the peer may send on a channel before we have consumed any: the most that a channel buffers.</summary>
    public int InitialWindow { get; init; } = 2 * 1024 * 1024;

    /// <summary>Most bytes of data in one message, in both directions; what the peer allows may be less.</summary>
    public int MaxPacket { get; init; } = 32 * 1024;

    /// <summary>Answers the peer's wish to open a channel, at once or later; without it every channel is refused.</summary>
    public Action<ChannelOpenRequest>? ChannelOpening { get; init; }

    /// <summary>Answers the peer's global requests, at once or later; without it they fail, which also answers keepalives.</summary>
    public Action<GlobalRequest>? GlobalRequested { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
