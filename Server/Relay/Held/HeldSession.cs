namespace SshGateway.Server.Relay.Held;

/// <summary>A session channel that the gateway has confirmed to the client, with window 0, before the destination knows of it. Its number here is 0.</summary>
/// <param name="Peer">The client's number for it.</param>
/// <param name="Window">What the client lets the other end send.</param>
/// <param name="MaxPacket">Largest packet of data that the client takes.</param>
internal sealed record HeldSession(uint Peer, uint Window, uint MaxPacket)
{
    public const uint Number = 0;

    /// <summary>Largest packet that the client is told of; every SSH implementation takes that much (RFC 4253 §6.1).</summary>
    public const uint OurMaxPacket = 32 * 1024;
}

/// <summary>The same session, opened at the destination.</summary>
/// <param name="Peer">The destination's number for it.</param>
/// <param name="Window">What the destination lets the client send.</param>
/// <param name="MaxPacket">Largest packet of data that the destination takes.</param>
internal sealed record OpenedSession(uint Peer, uint Window, uint MaxPacket);
