using System.Text;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Export;

/// <summary>What the session showed, as plain text without escape sequences.</summary>
internal sealed class TextExport(Stream output) : ISessionExport
{
    // Each stream has its own decoder: the bytes of one may come between two halves of a character of the other.
    private readonly PlainText _output = new();
    private readonly PlainText _errors = new();
    private readonly StringBuilder _text = new();

    public void Begin(DumpHeader header)
    {
    }

    public void Write(DumpRecord record, ReadOnlySpan<byte> data)
    {
        if (record.Descriptor == DumpDescriptor.Input) return;
        (record.Descriptor == DumpDescriptor.Output ? _output : _errors).Decode(data, _text);
        WriteText();
    }

    public void Finish()
    {
        _output.Finish(_text);
        _errors.Finish(_text);
        WriteText();
    }

    private void WriteText()
    {
        output.Write(Encoding.UTF8.GetBytes(_text.ToString()));
        _text.Clear();
    }
}
