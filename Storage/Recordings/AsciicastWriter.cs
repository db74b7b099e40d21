using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace SshGateway.Storage.Recordings;

/// <summary>
/// Writes a session as an asciicast of version 2 or 3: a line of JSON with the header, then a line for each event. Characters
/// whose bytes come in several records are put together; bytes that are no UTF-8 become U+FFFD. Allocates nothing per event.
/// Not safe for two callers at once.
/// </summary>
public sealed class AsciicastWriter
{
    private const int FlushAt = 32 * 1024;
    private const int CharsAtOnce = 4096;

    private static readonly SearchValues<char> NeedEscape = SearchValues.Create(EscapedCharacters());

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _json = new();
    private readonly char[] _chars = new char[CharsAtOnce];
    private readonly Decoder[] _decoders = [Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder()];
    private readonly bool _relativeTimes;
    private readonly ulong _startNs;
    private ulong _lastMicroseconds;

    /// <summary>Writes the header line. The stream stays the caller's.</summary>
    /// <param name="stream">Where the lines go.</param>
    /// <param name="version">2 (times count from the start) or 3 (times count from the event before).</param>
    /// <param name="header">What the dump's header says of the session.</param>
    /// <param name="columns">Width of the terminal.</param>
    /// <param name="rows">Height of the terminal.</param>
    public AsciicastWriter(Stream stream, int version, DumpHeader header, int columns, int rows)
    {
        if (version is not (2 or 3)) throw new ArgumentOutOfRangeException(nameof(version), version, "There are versions 2 and 3.");
        _stream = stream;
        _relativeTimes = version == 3;
        _startNs = header.StartNs;
        Append(_relativeTimes
            ? $"{{\"version\": 3, \"term\": {{\"cols\": {columns}, \"rows\": {rows}}}"
            : $"{{\"version\": 2, \"width\": {columns}, \"height\": {rows}");
        Append($", \"timestamp\": {header.StartNs / UnixNanoseconds.PerSecond}, \"title\": \"");
        AppendEscaped($"{header.UserText}@{header.Destination}");
        if (!header.Command.IsEmpty)
        {
            Append("\", \"command\": \"");
            AppendEscaped(header.CommandText);
        }

        Append("\"}\n");
    }

    /// <summary>Adds what came on a stream: an "i" event for input, an "o" event for both kinds of output.</summary>
    public void Write(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            _decoders[(int)descriptor].Convert(data, _chars, flush: false, out int bytesUsed, out int charsUsed, out _);
            WriteText(timeNs, descriptor, _chars.AsSpan(0, charsUsed));
            data = data[bytesUsed..];
        }
    }

    /// <summary>Adds a change of the terminal's size.</summary>
    public void Resize(ulong timeNs, int columns, int rows)
    {
        BeginEvent(timeNs, 'r');
        Append($"{columns}x{rows}");
        EndEvent();
    }

    /// <summary>Adds a marker: something about the recording at this moment.</summary>
    public void Mark(ulong timeNs, string text)
    {
        BeginEvent(timeNs, 'm');
        AppendEscaped(text);
        EndEvent();
    }

    /// <summary>Ends the cast: half characters that wait for their rest become U+FFFD, and everything goes to the stream.</summary>
    public void Finish()
    {
        ulong now = _startNs + (_lastMicroseconds * 1000);
        for (int i = 0; i < _decoders.Length; i++)
        {
            int count = _decoders[i].GetChars([], _chars, flush: true);
            WriteText(now, (DumpDescriptor)i, _chars.AsSpan(0, count));
        }

        Flush();
    }

    /// <summary>Hands the lines so far to the stream.</summary>
    public void Flush()
    {
        Drain();
        _stream.Flush();
    }

    private static string EscapedCharacters()
    {
        var set = new StringBuilder("\"\\\u007f");
        for (char c = '\0'; c < ' '; c++) set.Append(c);
        return set.ToString();
    }

    private void WriteText(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        BeginEvent(timeNs, descriptor == DumpDescriptor.Input ? 'i' : 'o');
        AppendEscaped(text);
        EndEvent();
    }

    private void BeginEvent(ulong timeNs, char code)
    {
        ulong now = timeNs > _startNs ? (timeNs - _startNs) / 1000 : 0;
        // A clock that was set back must not make time run backwards.
        now = Math.Max(now, _lastMicroseconds);
        ulong shown = _relativeTimes ? now - _lastMicroseconds : now;
        _lastMicroseconds = now;
        Append("[");
        AppendNumber(shown / 1_000_000, default);
        Append(".");
        AppendNumber(shown % 1_000_000, new StandardFormat('D', 6));
        Append(", \"");
        _json.GetSpan(1)[0] = (byte)code;
        _json.Advance(1);
        Append("\", \"");
    }

    private void EndEvent()
    {
        Append("\"]\n");
        if (_json.WrittenCount >= FlushAt) Drain();
    }

    /// <summary>Hands the lines so far to the stream, which may keep them.</summary>
    public void Drain()
    {
        _stream.Write(_json.WrittenSpan);
        _json.ResetWrittenCount();
    }

    private void AppendNumber(ulong value, StandardFormat format)
    {
        Utf8Formatter.TryFormat(value, _json.GetSpan(20), out int written, format);
        _json.Advance(written);
    }

    private void AppendEscaped(ReadOnlySpan<char> text)
    {
        while (true)
        {
            int plain = text.IndexOfAny(NeedEscape);
            Append(plain < 0 ? text : text[..plain]);
            if (plain < 0) return;
            AppendEscape(text[plain]);
            text = text[(plain + 1)..];
        }
    }

    private void AppendEscape(char c)
    {
        switch (c)
        {
            case '"': Append("\\\""); break;
            case '\\': Append("\\\\"); break;
            case '\n': Append("\\n"); break;
            case '\r': Append("\\r"); break;
            case '\t': Append("\\t"); break;
            default:
                Append("\\u00");
                Span<byte> hex = _json.GetSpan(2);
                hex[0] = "0123456789abcdef"u8[c >> 4];
                hex[1] = "0123456789abcdef"u8[c & 15];
                _json.Advance(2);
                break;
        }
    }

    private void Append(ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, _json);
}
