using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SshGateway.Protocol.Wire;

/// <summary>
/// Writes the data types of RFC 4251 §5, in wire order, into a span that the caller gives (often on the stack); when
/// it is full, into a rented array. Dispose clears and returns what was rented. Not for packets on the relay's path:
/// those are rewritten in place.
/// </summary>
public ref struct SshWriter
{
    private Span<byte> _buffer;
    private byte[]? _rented;
    private int _length;

    public SshWriter(Span<byte> initial)
    {
        _buffer = initial;
        _rented = null;
        _length = 0;
    }

    public readonly int Length => _length;

    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    public readonly byte[] ToArray() => Written.ToArray();

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void WriteMessageId(MessageId id) => Take(1)[0] = (byte)id;

    public void WriteBoolean(bool value) => Take(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>Bytes without a length in front.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>string: uint32 length and the bytes.</summary>
    public void WriteString(scoped ReadOnlySpan<byte> bytes)
    {
        WriteUInt32((uint)bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>string of the text's UTF-8 bytes.</summary>
    public void WriteString(string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        WriteUInt32((uint)count);
        Encoding.UTF8.GetBytes(text, Take(count));
    }

    /// <summary>mpint of an unsigned big-endian magnitude (leading zeros allowed, they are dropped).</summary>
    public void WriteUnsignedMpint(scoped ReadOnlySpan<byte> magnitude)
    {
        int start = magnitude.IndexOfAnyExcept((byte)0);
        if (start < 0)
        {
            WriteUInt32(0);
            return;
        }

        magnitude = magnitude[start..];
        bool sign = (magnitude[0] & 0x80) != 0;
        WriteUInt32((uint)magnitude.Length + (sign ? 1u : 0u));
        if (sign) WriteByte(0);
        WriteBytes(magnitude);
    }

    /// <summary>name-list: comma-separated names (RFC 4251 §5).</summary>
    public void WriteNameList(IReadOnlyList<string> names)
    {
        int lengthAt = _length;
        WriteUInt32(0);
        for (int i = 0; i < names.Count; i++)
        {
            if (i > 0) WriteByte((byte)',');
            Encoding.ASCII.GetBytes(names[i], Take(names[i].Length));
        }

        BinaryPrimitives.WriteUInt32BigEndian(_buffer[lengthAt..], (uint)(_length - lengthAt - 4));
    }

    /// <summary>Overwrites what was written, also where the buffer is the caller's.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_buffer);
        _length = 0;
    }

    public void Dispose()
    {
        byte[]? rented = _rented;
        this = default;
        if (rented is null) return;
        CryptographicOperations.ZeroMemory(rented);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private Span<byte> Take(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        Span<byte> taken = _buffer.Slice(_length, count);
        _length += count;
        return taken;
    }

    private void Grow(int count)
    {
        int wanted = Math.Max(checked(_length + count), Math.Max(256, _buffer.Length * 2));
        byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
        _buffer[.._length].CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer[.._length]);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _buffer = _rented = larger;
    }
}
