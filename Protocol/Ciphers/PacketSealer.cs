namespace SshGateway.Protocol.Ciphers;

/// <summary>
/// Protection of the packets sent in one direction: encryption and integrity of whole binary packets (RFC 4253 §6).
/// One instance per direction and key set; not thread-safe, the packet writer's lock guards it.
/// </summary>
internal abstract class PacketSealer : IDisposable
{
    /// <summary>Padding makes the encrypted part a multiple of this: 8 or 16.</summary>
    public abstract int BlockSize { get; }

    /// <summary>Bytes that follow the encrypted part: AEAD tag or MAC.</summary>
    public abstract int TagLength { get; }

    /// <summary>
    /// Whether the 4 bytes of packet_length count when padding is computed: true for encrypt-and-MAC (RFC 4253), false for
    /// AEAD and encrypt-then-MAC, where they are not part of the encrypted blocks.
    /// </summary>
    public abstract bool LengthIsPadded { get; }

    /// <summary>
    /// Protects one packet. <paramref name="frame"/> is the whole plain packet: packet_length, padding_length, payload, padding.
    /// </summary>
    /// <param name="sequenceNumber">Sequence number of the packet in this direction.</param>
    /// <param name="frame">The plain packet; may be exactly the start of <paramref name="destination"/>, else disjoint from it.</param>
    /// <param name="destination">Exactly <c>frame.Length + TagLength</c> bytes.</param>
    public abstract void Seal(uint sequenceNumber, ReadOnlySpan<byte> frame, Span<byte> destination);

    public abstract void Dispose();
}

/// <summary>Counterpart of <see cref="PacketSealer"/> for the packets received in one direction.</summary>
internal abstract class PacketOpener : IDisposable
{
    public abstract int BlockSize { get; }

    public abstract int TagLength { get; }

    public abstract bool LengthIsPadded { get; }

    /// <summary>Bytes that must be there before the packet's length can be learned: 4, or one block for encrypt-and-MAC.</summary>
    public abstract int HeaderLength { get; }

    /// <summary>
    /// Learns packet_length. Called exactly once per packet, with its first <see cref="HeaderLength"/> bytes, before
    /// <see cref="TryOpen"/>; may decrypt them in place. The value is not authenticated yet: the caller bounds it.
    /// </summary>
    public abstract uint ReadLength(uint sequenceNumber, Span<byte> header);

    /// <summary>
    /// Verifies and decrypts one whole packet in place: <paramref name="packet"/> is packet_length, the encrypted part and
    /// the tag. False if the tag or MAC is wrong; nothing of the content may be used then.
    /// </summary>
    public abstract bool TryOpen(uint sequenceNumber, Span<byte> packet);

    public abstract void Dispose();
}
