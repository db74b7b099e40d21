namespace SshGateway.Server.Relay.Taps;

/// <summary>
/// Looks on while one connection is relayed: a recorder, an auditor. It never changes what passes. Nothing of it may throw; a tap
/// that wants the connection to end calls <see cref="RelayPair.EndAsync"/>.
/// </summary>
internal interface IRelayTap
{
    /// <summary>Called once, before anything is relayed.</summary>
    void Attached(RelayPair relay)
    {
    }

    /// <summary>
    /// A channel is about to be opened (policy has let it pass): who will see what passes through it; null: nobody. Called while the relay holds
    /// its lock: must neither wait nor call the relay.
    /// </summary>
    IChannelTap? ChannelOpening(in ChannelOpening opening);

    /// <summary>
    /// Backpressure: asked by both pumps between two batches. While it is not complete, the asking side is not read any more. A batch
    /// is at most what one socket read brought (some hundred KiB), so a tap must be able to take that much more.
    /// </summary>
    /// <param name="connectionEnded">Cancelled when the connection ends; the wait must end with it.</param>
    ValueTask WaitForRoomAsync(CancellationToken connectionEnded) => ValueTask.CompletedTask;

    /// <summary>Nothing more will come: every channel that was still open has been told. Awaited before the session counts as ended.</summary>
    ValueTask EndedAsync() => ValueTask.CompletedTask;
}

/// <summary>A channel that one side asks the other to open.</summary>
internal readonly ref struct ChannelOpening
{
    /// <summary>Counts the channels of the connection from 0; never used twice (the numbers on the wire are).</summary>
    public required uint Sequence { get; init; }

    /// <summary><c>session</c>, <c>direct-tcpip</c>, <c>forwarded-tcpip</c>, <c>x11</c>, …</summary>
    public required string Type { get; init; }

    public required Side OpenedBy { get; init; }

    /// <summary>What follows the four common fields (RFC 4254 §5.1): host and port of a forward.</summary>
    public required ReadOnlySpan<byte> TypeSpecificData { get; init; }
}
