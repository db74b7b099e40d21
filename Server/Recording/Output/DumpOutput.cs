using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Output;

/// <summary>
/// A dump of version 1. The queue's records are framed as its own are, so they go out as they are. What the format has no place for
/// (sizes of the terminal, notes) stands in a file beside it.
/// </summary>
internal sealed class DumpOutput : IRecordingOutput
{
    private readonly Stream _stream;
    private readonly Lazy<Stream> _side;

    public DumpOutput(Stream stream, Lazy<Stream> side, DumpHeader header)
    {
        _stream = stream;
        _side = side;
        stream.Write(header.Encode());
    }

    public void Write(ReadOnlySpan<byte> records) => _stream.Write(records);

    public void Resize(ulong timeNs, int columns, int rows) => _side.Value.Write(SideFile.ResizeLine(timeNs, columns, rows));

    public void Note(RecordingNote note) => _side.Value.Write(SideFile.NoteLine(note.TimeNs, note.Kind, note.Text, note.Values));

    public void Flush()
    {
        _stream.Flush();
        if (_side.IsValueCreated) _side.Value.Flush();
    }

    public void Finish(ulong timeNs)
    {
    }
}
