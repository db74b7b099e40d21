using System.Buffers;

namespace SshGateway.Storage.Recordings;

/// <summary>
/// Writes a dump. Records gather in a buffer until it is full or <see cref="Flush"/> is called; a record allocates nothing, and a
/// writer with nothing to write holds no buffer. After a failed write it refuses all others, since half a record may stand in
/// the file. Not safe for two callers at once.
/// </summary>
public sealed class DumpWriter : IDisposable, IAsyncDisposable
{
    private const int BufferSize = 32 * 1024;

    private readonly Stream _stream;
    private byte[]? _buffer;
    private int _used;
    private bool _broken;

    /// <summary>Takes over the stream and writes the header into the buffer.</summary>
    public DumpWriter(Stream stream, DumpHeader header)
    {
        _stream = stream;
        byte[] bytes = header.Encode();
        // A header may be larger than the buffer: it is the only thing that makes a larger one for a moment.
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(BufferSize, bytes.Length));
        bytes.CopyTo(_buffer, 0);
        _used = bytes.Length;
        Length = bytes.Length;
    }

    /// <summary>Bytes written so far, those in the buffer included.</summary>
    public long Length { get; private set; }

    private Span<byte> Free => (_buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize)).AsSpan(_used);

    /// <summary>Adds a record.</summary>
    /// <exception cref="IOException">The stream failed, now or before.</exception>
    public void Write(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        if (TryAppend(timeNs, descriptor, data)) return;
        Drain();
        if (TryAppend(timeNs, descriptor, data)) return;
        AppendHead(timeNs, descriptor, data.Length);
        Drain();
        _broken = true;
        _stream.Write(data);
        _broken = false;
        Length += data.Length;
    }

    /// <summary>Adds a record; completes at once unless the buffer is full.</summary>
    /// <exception cref="IOException">The stream failed, now or before.</exception>
    public ValueTask WriteAsync(
        ulong timeNs, DumpDescriptor descriptor, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        TryAppend(timeNs, descriptor, data.Span) ? default : WriteThroughAsync(timeNs, descriptor, data, cancellationToken);

    /// <summary>Hands everything to the stream and flushes that.</summary>
    public void Flush()
    {
        Drain();
        _stream.Flush();
    }

    /// <inheritdoc cref="Flush"/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        await DrainAsync(cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <summary>Flushes, unless a write failed, and closes the stream.</summary>
    public void Dispose()
    {
        try
        {
            if (!_broken) Flush();
        }
        finally
        {
            ReturnBuffer();
            _stream.Dispose();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_broken) await FlushAsync();
        }
        finally
        {
            ReturnBuffer();
            await _stream.DisposeAsync();
        }
    }

    private bool TryAppend(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        if (_broken) throw new IOException("The recording broke off at an earlier write.");
        if (Free.Length < DumpRecord.HeadSize + (long)data.Length) return false;
        AppendHead(timeNs, descriptor, data.Length);
        data.CopyTo(Free);
        _used += data.Length;
        Length += data.Length;
        return true;
    }

    private void AppendHead(ulong timeNs, DumpDescriptor descriptor, int size)
    {
        DumpRecord.WriteHead(Free, timeNs, descriptor, (uint)size);
        _used += DumpRecord.HeadSize;
        Length += DumpRecord.HeadSize;
    }

    private async ValueTask WriteThroughAsync(
        ulong timeNs, DumpDescriptor descriptor, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        if (TryAppend(timeNs, descriptor, data.Span)) return;
        AppendHead(timeNs, descriptor, data.Length);
        await DrainAsync(cancellationToken);
        _broken = true;
        await _stream.WriteAsync(data, cancellationToken);
        _broken = false;
        Length += data.Length;
    }

    // _broken stands during every write to the stream and falls only when it succeeded, so that a failure of any kind leaves it.
    private void Drain()
    {
        if (_buffer is null || _used == 0) return;
        _broken = true;
        _stream.Write(_buffer, 0, _used);
        _broken = false;
        ReturnBuffer();
    }

    private async ValueTask DrainAsync(CancellationToken cancellationToken)
    {
        if (_buffer is null || _used == 0) return;
        _broken = true;
        await _stream.WriteAsync(_buffer.AsMemory(0, _used), cancellationToken);
        _broken = false;
        ReturnBuffer();
    }

    private void ReturnBuffer()
    {
        if (_buffer is null) return;
        // What users type may be a password.
        _buffer.AsSpan(0, _used).Clear();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _used = 0;
    }
}
