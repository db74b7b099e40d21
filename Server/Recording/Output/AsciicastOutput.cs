using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Output;

/// <summary>An asciicast of version 2. It knows one kind of output, so error output is told apart no more.</summary>
internal sealed class AsciicastOutput(Stream stream, DumpHeader header, int columns, int rows) : IRecordingOutput
{
    private readonly AsciicastWriter _writer = new(stream, 2, header, columns, rows);

    public void Write(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records);
        while (cursor.MoveNext()) _writer.Write(cursor.TimeNs, cursor.Descriptor, cursor.Data);
    }

    public void Resize(ulong timeNs, int columns, int rows) => _writer.Resize(timeNs, columns, rows);

    public void Note(RecordingNote note) => _writer.Mark(note.TimeNs, note.Text);

    public void Flush() => _writer.Flush();

    public void Finish(ulong timeNs) => _writer.Finish();
}
