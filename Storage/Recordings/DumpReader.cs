namespace SshGateway.Storage.Recordings;

/// <summary>
/// Reads a dump piece by piece: the header, then for each record its head and its data in chunks. It holds one buffer whatever
/// the file claims, and works on pipes and on files that still grow. Not safe for two callers at once.
/// </summary>
public sealed class DumpReader
{
    // The largest header must fit, and a chunk of data is at most this long.
    private const int BufferSize = 64 * 1024;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private long _offset;
    private DumpRecord _record;
    private uint _left;
    private bool _headerRead;

    /// <summary>Reads from the stream's current position, which counts as offset 0. The stream stays the caller's.</summary>
    public DumpReader(Stream stream) => _stream = stream;

    private int Buffered => _end - _start;

    /// <summary>Reads the header; call it once, first.</summary>
    /// <exception cref="DumpFormatException">There is no header of version 1, or it is cut.</exception>
    public async ValueTask<DumpHeader> ReadHeaderAsync(CancellationToken cancellationToken = default)
    {
        DumpHeader? header;
        int size;
        while (!DumpHeader.TryParse(_buffer.AsSpan(_start, Buffered), out header, out size))
        {
            if (await FillAsync(size, cancellationToken)) continue;
            string reason = Buffered == 0 ? "the file is empty" : $"the header is cut: {Buffered} of at least {size} bytes";
            throw new DumpFormatException(0, reason, isTruncated: true);
        }

        Consume(size);
        _headerRead = true;
        return header;
    }

    /// <summary>Goes to the next record, past what is left of the current one; null at the end of the file.</summary>
    /// <exception cref="DumpFormatException">The file ends inside a record, or no record begins here.</exception>
    public async ValueTask<DumpRecord?> ReadRecordAsync(CancellationToken cancellationToken = default)
    {
        if (!_headerRead) throw new InvalidOperationException("The header is read first.");
        while (_left > 0) await ReadDataAsync(cancellationToken);
        if (!await FillAsync(DumpRecord.HeadSize, cancellationToken))
        {
            if (Buffered == 0) return null;
            throw new DumpFormatException(
                _offset, $"the last record is cut: {Buffered} of the {DumpRecord.HeadSize} bytes before its data", isTruncated: true);
        }

        _record = DumpRecord.ReadHead(_buffer.AsSpan(_start, DumpRecord.HeadSize), _offset);
        _left = _record.Size;
        Consume(DumpRecord.HeadSize);
        return _record;
    }

    /// <summary>The next bytes of the current record, good until the next call; empty when the record is at its end.</summary>
    /// <exception cref="DumpFormatException">The file ends inside the record; all it had was returned before.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDataAsync(CancellationToken cancellationToken = default)
    {
        if (_left == 0) return default;
        if (Buffered == 0 && !await FillAsync(1, cancellationToken))
        {
            throw new DumpFormatException(
                _record.Offset, $"the last record is cut: {_record.Size - _left} of {_record.Size} bytes of data", isTruncated: true);
        }

        int size = (int)Math.Min(_left, (uint)Buffered);
        ReadOnlyMemory<byte> chunk = _buffer.AsMemory(_start, size);
        Consume(size);
        _left -= (uint)size;
        return chunk;
    }

    private void Consume(int count)
    {
        _start += count;
        _offset += count;
    }

    /// <summary>Reads until <paramref name="count"/> bytes are buffered; false when the stream ends before.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (Buffered >= count) return true;
        _buffer.AsSpan(_start, Buffered).CopyTo(_buffer);
        _end = Buffered;
        _start = 0;
        while (_end < count)
        {
            int read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0) return false;
            _end += read;
        }

        return true;
    }
}
