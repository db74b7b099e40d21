using System.Buffers;
using System.Buffers.Text;

namespace SshGateway.Replay.Listing;

/// <summary>
/// Hex dumps as <c>hexdump -C</c> and Go's hex.Dump lay them out, sixteen bytes a line, from data that comes in pieces:
/// <c>00000010  5a 0d 0a …  |Z..|</c>. Lines have the ASCII column only as long as their bytes.
/// </summary>
internal sealed class HexDump(Stream output)
{
    private const int BytesPerLine = 16;
    private const int TextColumn = 60;

    private readonly byte[] _pending = new byte[BytesPerLine];
    private readonly byte[] _line = new byte[TextColumn + 1 + BytesPerLine + 2];
    private int _count;
    private uint _offset;

    public void Write(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int take = Math.Min(data.Length, BytesPerLine - _count);
            data[..take].CopyTo(_pending.AsSpan(_count));
            _count += take;
            data = data[take..];
            if (_count == BytesPerLine) WriteLine();
        }
    }

    /// <summary>Writes what is left as a short line; the next data begins a dump of its own.</summary>
    public void Finish()
    {
        if (_count > 0) WriteLine();
        _offset = 0;
    }

    private void WriteLine()
    {
        Span<byte> line = _line;
        line.Fill((byte)' ');
        Utf8Formatter.TryFormat(_offset, line, out _, new StandardFormat('x', 8));
        line[TextColumn] = (byte)'|';
        for (int i = 0; i < _count; i++)
        {
            int column = 10 + (3 * i) + (i >= 8 ? 1 : 0);
            Utf8Formatter.TryFormat(_pending[i], line[column..], out _, new StandardFormat('x', 2));
            line[TextColumn + 1 + i] = _pending[i] is >= 0x20 and <= 0x7e ? _pending[i] : (byte)'.';
        }

        int end = TextColumn + 1 + _count;
        line[end] = (byte)'|';
        line[end + 1] = (byte)'\n';
        output.Write(line[..(end + 2)]);
        _offset += (uint)_count;
        _count = 0;
    }
}
