using System.Buffers.Binary;
using System.Text;

namespace SshGateway.Protocol.Wire;

/// <summary>
/// Reads the data types of RFC 4251 §5 from a message, in wire order. Every length is checked against the bytes that
/// remain before anything is sliced; what does not fit throws <see cref="SshProtocolException"/> (protocol error).
/// </summary>
public ref struct SshReader
{
    private ReadOnlySpan<byte> _rest;

    public SshReader(ReadOnlySpan<byte> data) => _rest = data;

    /// <summary>Bytes not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly int Remaining => _rest.Length;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte ReadByte() => Take(1)[0];

    public MessageId ReadMessageId() => (MessageId)Take(1)[0];

    /// <summary>boolean: any value but 0 is true.</summary>
    public bool ReadBoolean() => Take(1)[0] != 0;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>A fixed number of bytes without a length in front.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>string: the bytes behind a uint32 length, at most <paramref name="maxLength"/> of them.</summary>
    public ReadOnlySpan<byte> ReadString(int maxLength = int.MaxValue)
    {
        uint length = ReadUInt32();
        if (length > (uint)_rest.Length || length > (uint)maxLength) ThrowTruncated();
        return Take((int)length);
    }

    /// <summary>string that must be UTF-8; for names, never for passwords (those stay bytes).</summary>
    public string ReadText(int maxLength = int.MaxValue)
    {
        ReadOnlySpan<byte> bytes = ReadString(maxLength);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a text field is not valid UTF-8", e);
        }
    }

    /// <summary>string of printable US-ASCII: names of algorithms, services, methods and requests.</summary>
    public string ReadAscii(int maxLength = int.MaxValue)
    {
        ReadOnlySpan<byte> bytes = ReadString(maxLength);
        if (bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a name holds a byte outside printable ASCII");
        return Encoding.ASCII.GetString(bytes);
    }

    /// <summary>
    /// mpint that must not be negative: its magnitude, big endian, without the leading zero byte. An encoding with
    /// superfluous leading zeros is refused (RFC 4251 §5), zero is the empty span.
    /// </summary>
    public ReadOnlySpan<byte> ReadUnsignedMpint(int maxLength = int.MaxValue)
    {
        ReadOnlySpan<byte> bytes = ReadString(maxLength);
        if (bytes.IsEmpty) return bytes;
        if ((bytes[0] & 0x80) != 0) throw new SshProtocolException(DisconnectReason.ProtocolError, "a number is negative");
        if (bytes[0] != 0) return bytes;
        if (bytes.Length == 1 || (bytes[1] & 0x80) == 0)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a number has superfluous leading zeros");
        return bytes[1..];
    }

    /// <summary>The message must end here.</summary>
    public readonly void ExpectEnd()
    {
        if (!_rest.IsEmpty) throw new SshProtocolException(DisconnectReason.ProtocolError, "unexpected bytes after the last field");
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length) ThrowTruncated();
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static void ThrowTruncated() =>
        throw new SshProtocolException(DisconnectReason.ProtocolError, "a field is longer than its message");
}
