using System.IO.Compression;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>
/// Compression <c>zlib@openssh.com</c> of one sending direction: one zlib stream (RFC 1950) over all payloads, flushed after each
/// (RFC 4253 §6.2), begun after authentication.
/// </summary>
internal sealed class PayloadCompressor : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly ZLibStream _zlib;

    public PayloadCompressor() => _zlib = new ZLibStream(_output, CompressionLevel.Fastest, leaveOpen: true);

    /// <summary>The compressed payload; valid until the next call.</summary>
    public ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> payload)
    {
        _output.SetLength(0);
        _zlib.Write(payload);
        _zlib.Flush();
        return _output.GetBuffer().AsSpan(0, (int)_output.Length);
    }

    public void Dispose() => _zlib.Dispose();
}

/// <summary>Counterpart of <see cref="PayloadCompressor"/>; what a payload may grow to is bounded.</summary>
internal sealed class PayloadDecompressor : IDisposable
{
    private readonly PacketInput _input = new();
    private readonly ZLibStream _zlib;
    private byte[] _frame = new byte[4096];

    public PayloadDecompressor() => _zlib = new ZLibStream(_input, CompressionMode.Decompress);

    /// <summary>The packet with its payload inflated, in a buffer of this object; valid until the next call.</summary>
    /// <exception cref="SshProtocolException">The payload is no zlib data, or inflates beyond <paramref name="maxLength"/> bytes.</exception>
    public PacketView Decompress(PacketView packet, int maxLength)
    {
        _input.Set(packet.Payload);
        int length = 0;
        try
        {
            while (true)
            {
                int end = PacketView.HeaderLength + length;
                if (_frame.Length - end < PacketView.MinTrailer + 1) Array.Resize(ref _frame, _frame.Length * 2);
                int read = _zlib.Read(_frame, end, _frame.Length - end - PacketView.MinTrailer);
                if (read == 0) break;
                length += read;
                if (length > maxLength) throw new SshProtocolException(DisconnectReason.CompressionError, "a packet inflates beyond its limit");
            }
        }
        catch (InvalidDataException e)
        {
            throw new SshProtocolException(DisconnectReason.CompressionError, "a packet cannot be inflated", e);
        }

        if (length == 0 || !_input.IsUsedUp) throw new SshProtocolException(DisconnectReason.CompressionError, "a packet cannot be inflated");
        return new PacketView(_frame.AsSpan(0, PacketView.HeaderLength + length + PacketView.MinTrailer), length, packet.SequenceNumber);
    }

    public void Dispose() => _zlib.Dispose();

    /// <summary>Hands the inflater one packet at a time; at its end there is nothing until the next.</summary>
    private sealed class PacketInput : Stream
    {
        private byte[] _bytes = [];
        private int _at;
        private int _end;

        public bool IsUsedUp => _at == _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Set(ReadOnlySpan<byte> payload)
        {
            if (_bytes.Length < payload.Length) _bytes = new byte[payload.Length];
            payload.CopyTo(_bytes);
            _at = 0;
            _end = payload.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
