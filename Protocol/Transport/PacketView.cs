using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// One received packet, decrypted in place inside the reader's buffer. Valid until the next <c>TryRead</c> or <c>FillAsync</c>;
/// being a ref struct it cannot be kept across an await.
/// </summary>
public readonly ref struct PacketView
{
    /// <summary>Bytes in front of the payload: packet_length and padding_length (RFC 4253 §6).</summary>
    internal const int HeaderLength = 5;

    /// <summary>Bytes in front of the payload in what <see cref="FromFrame"/> takes; their content does not matter.</summary>
    public const int FrameHeaderLength = HeaderLength;

    /// <summary>Bytes behind the payload that are always there: least padding and smallest tag. Enough for the padding of another leg.</summary>
    internal const int MinTrailer = 20;

    private readonly Span<byte> _frame;
    private readonly int _payloadLength;

    internal PacketView(Span<byte> frame, int payloadLength, uint sequenceNumber)
    {
        _frame = frame;
        _payloadLength = payloadLength;
        SequenceNumber = sequenceNumber;
    }

    public uint SequenceNumber { get; }

    /// <summary>A copy that may be kept; <see cref="FromFrame"/> makes a packet of it again.</summary>
    public byte[] ToFrame()
    {
        byte[] frame = new byte[HeaderLength + _payloadLength];
        Payload.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>The packet that was kept with <see cref="ToFrame"/>.</summary>
    public static PacketView FromFrame(byte[] frame) => new(frame, frame.Length - HeaderLength, 0);

    /// <summary>The message: its number and its fields. May be rewritten in place.</summary>
    public Span<byte> Payload => _frame.Slice(HeaderLength, _payloadLength);

    public MessageId Id => (MessageId)_frame[HeaderLength];

    /// <summary>
    /// The bytes around the payload that belong to this packet: 5 in front, padding and tag behind. The relay frames the
    /// packet for the other leg in here, so that no payload byte is copied.
    /// </summary>
    internal Span<byte> Frame => _frame;

    internal int PayloadLength => _payloadLength;
}
