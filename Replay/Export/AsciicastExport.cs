using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>The session as an asciicast, for asciinema and its web player.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="version">2 or 3.</param>
/// <param name="resizes">Sizes of the terminal, from the file beside the dump; none when there is none.</param>
internal sealed class AsciicastExport(Stream output, int version, IReadOnlyList<SideResize> resizes) : ISessionExport
{
    // What players assume where nothing is known.
    private const int Columns = 80;
    private const int Rows = 24;

    private readonly Queue<SideResize> _resizes = new(resizes);
    private AsciicastWriter? _writer;

    public void Begin(DumpHeader header)
    {
        (int columns, int rows) = (Columns, Rows);
        while (_resizes.TryPeek(out SideResize first) && first.TimeNs <= header.StartNs)
        {
            (columns, rows) = (first.Columns, first.Rows);
            _resizes.Dequeue();
        }

        _writer = new AsciicastWriter(output, version, header, columns, rows);
    }

    public void Write(DumpRecord record, ReadOnlySpan<byte> data)
    {
        while (_resizes.TryPeek(out SideResize next) && next.TimeNs <= record.TimeNs) WriteResize();
        _writer!.Write(record.TimeNs, record.Descriptor, data);
        _writer.Drain();
    }

    public void Finish()
    {
        while (_resizes.Count > 0 && _writer is not null) WriteResize();
        _writer?.Finish();
    }

    private void WriteResize()
    {
        SideResize resize = _resizes.Dequeue();
        _writer!.Resize(resize.TimeNs, resize.Columns, resize.Rows);
    }
}
