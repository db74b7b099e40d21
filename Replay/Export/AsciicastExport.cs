using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>The session as an asciicast, for asciinema and its web player.</summary>
internal sealed class AsciicastExport(Stream output, int version) : ISessionExport
{
    // A dump does not know the size of the terminal; this is what players assume.
    private const int Columns = 80;
    private const int Rows = 24;

    private AsciicastWriter? _writer;

    public void Begin(DumpHeader header) => _writer = new AsciicastWriter(output, version, header, Columns, Rows);

    public void Write(DumpRecord record, ReadOnlySpan<byte> data)
    {
        _writer!.Write(record.TimeNs, record.Descriptor, data);
        _writer.Drain();
    }

    public void Finish() => _writer?.Finish();
}
