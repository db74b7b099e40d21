using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// Receives the binary packets of one direction (RFC 4253 §6). Socket bytes are read into one rented, contiguous buffer and
/// decrypted there; while nothing is buffered no buffer is held.
/// </summary>
/// <param name="stream">The connection.</param>
/// <param name="firstSequenceNumber">0, but in tests.</param>
internal sealed class PacketReader(Stream stream, uint firstSequenceNumber = 0) : IDisposable
{
    /// <summary>Largest packet_length before authentication (RFC 4253 §6.1) and after it.</summary>
    internal const int MaxLengthBeforeAuthentication = 35_000;
    internal const int MaxLengthAfterAuthentication = 256 * 1024;

    private const int SmallestBuffer = 8 * 1024;
    private const int LargestBuffer = 256 * 1024;
    private const int UnencryptedBlockSize = 8;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private int _nextBufferSize = SmallestBuffer;
    private bool _lengthKnown;
    private int _packetLength;
    private PacketOpener? _opener;
    private PayloadDecompressor? _decompressor;

    /// <summary>Sequence number of the next packet.</summary>
    public uint SequenceNumber { get; private set; } = firstSequenceNumber;

    public int MaxPacketLength { get; set; } = MaxLengthBeforeAuthentication;

    /// <summary>Packets and bytes since the current keys were taken into use.</summary>
    public ulong PacketsUnderKey { get; private set; }

    public ulong BytesUnderKey { get; private set; }

    /// <summary>Bytes received since the connection began.</summary>
    public ulong TotalBytes { get; private set; }

    public int CipherBlockSize => _opener?.BlockSize ?? UnencryptedBlockSize;

    /// <summary>Passwords pass until the user is authenticated: buffers are cleared before they go back to the pool.</summary>
    private bool HoldsSecrets => MaxPacketLength == MaxLengthBeforeAuthentication;

    /// <summary>Takes new keys into use (behind the peer's SSH_MSG_NEWKEYS), and a new stream where payloads are compressed.</summary>
    public void ChangeKeys(PacketOpener opener, bool resetSequenceNumber, bool decompress = false)
    {
        _opener?.Dispose();
        _opener = opener;
        _decompressor?.Dispose();
        _decompressor = decompress ? new PayloadDecompressor() : null;
        PacketsUnderKey = 0;
        BytesUnderKey = 0;
        if (resetSequenceNumber) SequenceNumber = 0;
    }

    /// <summary>From the next packet on payloads are compressed (<c>zlib@openssh.com</c>).</summary>
    public void StartDecompression() => _decompressor ??= new PayloadDecompressor();

    /// <summary>Reads more bytes from the peer; false at its end of stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync()
    {
        if (_start == _end) await WaitForBytesAsync().ConfigureAwait(false);
        MakeRoom();
        byte[] buffer = _buffer!;
        int read = await stream.ReadAsync(buffer.AsMemory(_end)).ConfigureAwait(false);
        if (read == 0) return false;
        _nextBufferSize = read == buffer.Length - _end
            ? Math.Min(LargestBuffer, buffer.Length * 4)
            : read < buffer.Length / 16 ? Math.Max(SmallestBuffer, buffer.Length / 2) : buffer.Length;
        _end += read;
        TotalBytes += (uint)read;
        return true;
    }

    /// <summary>Takes the next whole packet from the buffer, verified and decrypted; false when more bytes are needed.</summary>
    public bool TryRead(out PacketView packet)
    {
        packet = default;
        int available = _end - _start;
        int headerLength = _opener?.HeaderLength ?? 4;
        if (!_lengthKnown)
        {
            if (available < headerLength) return false;
            Span<byte> header = _buffer.AsSpan(_start, headerLength);
            uint length = _opener is null ? BinaryPrimitives.ReadUInt32BigEndian(header) : _opener.ReadLength(SequenceNumber, header);
            _packetLength = CheckLength(length);
            _lengthKnown = true;
        }

        int total = 4 + _packetLength + (_opener?.TagLength ?? 0);
        if (available < total) return false;

        Span<byte> frame = _buffer.AsSpan(_start, total);
        if (_opener is not null && !_opener.TryOpen(SequenceNumber, frame))
            throw new SshProtocolException(DisconnectReason.MacError, "message authentication failed");
        int paddingLength = frame[4];
        int payloadLength = _packetLength - 1 - paddingLength;
        if (paddingLength < 4 || payloadLength < 1)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a packet has an invalid padding length");

        packet = new PacketView(frame, payloadLength, SequenceNumber);
        if (_decompressor is not null) packet = _decompressor.Decompress(packet, MaxPacketLength);
        _start += total;
        _lengthKnown = false;
        if (++SequenceNumber == 0 && _opener is null)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "the sequence number wrapped before keys were exchanged");
        PacketsUnderKey++;
        BytesUnderKey += (uint)total;
        return true;
    }

    public void Dispose()
    {
        _opener?.Dispose();
        _opener = null;
        _decompressor?.Dispose();
        ReturnBuffer();
    }

    private int CheckLength(uint length)
    {
        // 1 padding_length + 4 padding + 1 payload is the least that can be a message.
        int blockSize = Math.Max(UnencryptedBlockSize, CipherBlockSize);
        bool lengthIsPadded = _opener?.LengthIsPadded ?? true;
        if (length < 6 || length > (uint)MaxPacketLength || (length + (lengthIsPadded ? 4u : 0u)) % (uint)blockSize != 0)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "a packet has an invalid length");
        return (int)length;
    }

    /// <summary>Waits without a buffer until the peer sent something: a connection that is idle costs no buffer.</summary>
    private ValueTask<int> WaitForBytesAsync()
    {
        ReturnBuffer();
        return stream.ReadAsync(Memory<byte>.Empty);
    }

    private void MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(_nextBufferSize);
            _start = _end = 0;
            return;
        }

        // What a peer merely announces costs nothing: the buffer grows only when it is full of received bytes.
        if (_end < _buffer.Length && (_start == 0 || _buffer.Length - _end >= SmallestBuffer / 2)) return;
        int kept = _end - _start;
        // A buffer that never runs empty grows here too: under load one read takes more.
        int wanted = Math.Max(_nextBufferSize, kept > _buffer.Length / 2 ? _buffer.Length * 2 : 0);
        if (wanted <= _buffer.Length)
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        }
        else
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
            _buffer.AsSpan(_start, kept).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: HoldsSecrets);
            _buffer = larger;
        }

        _start = 0;
        _end = kept;
    }

    private void ReturnBuffer()
    {
        if (_buffer is null) return;
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: HoldsSecrets);
        _buffer = null;
        _start = _end = 0;
    }
}
