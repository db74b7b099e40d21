using System.Text;

namespace SshGateway.Storage.Recordings;

/// <summary>A line of a session that holds the text that was searched for.</summary>
/// <param name="TimeNs">When the line began, in nanoseconds since 1970.</param>
/// <param name="Descriptor">The stream it was on.</param>
/// <param name="Line">The line as plain text, not escaped; at most some ten thousand characters.</param>
public readonly record struct TextMatch(ulong TimeNs, DumpDescriptor Descriptor, string Line);

/// <summary>
/// Searches the lines of a session for a text, each stream for itself and across the borders of records, so that a command
/// typed letter by letter is found. Feed it all data in order.
/// </summary>
public sealed class TextSearch
{
    // A line without end is searched in pieces of this length that overlap.
    private const int MaximumLine = 16 * 1024;

    private readonly string _text;
    private readonly Action<TextMatch> _found;
    private readonly LineState[] _lines = [new(), new(), new()];
    private readonly StringBuilder _decoded = new();

    /// <summary>Each line that contains <paramref name="text"/> (compared character by character) is given to <paramref name="found"/>.</summary>
    public TextSearch(string text, Action<TextMatch> found)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        _text = text;
        _found = found;
    }

    /// <summary>Takes the next bytes of a stream.</summary>
    public void Feed(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        LineState state = _lines[(int)descriptor];
        state.Text.Decode(data, _decoded);
        TakeDecoded(timeNs, descriptor, state);
    }

    /// <summary>Searches the last lines, which nothing ended.</summary>
    public void Finish()
    {
        for (int i = 0; i < _lines.Length; i++)
        {
            LineState state = _lines[i];
            state.Text.Finish(_decoded);
            TakeDecoded(state.StartNs, (DumpDescriptor)i, state);
            Search((DumpDescriptor)i, state);
            state.Line.Clear();
        }
    }

    private void TakeDecoded(ulong timeNs, DumpDescriptor descriptor, LineState state)
    {
        foreach (ReadOnlyMemory<char> chunk in _decoded.GetChunks())
        {
            ReadOnlySpan<char> rest = chunk.Span;
            while (!rest.IsEmpty) rest = TakeLine(timeNs, descriptor, state, rest);
        }

        _decoded.Clear();
    }

    private ReadOnlySpan<char> TakeLine(ulong timeNs, DumpDescriptor descriptor, LineState state, ReadOnlySpan<char> text)
    {
        if (state.Line.Length == 0) state.StartNs = timeNs;
        int room = Math.Min(text.Length, Math.Max(MaximumLine, 2 * _text.Length) - state.Line.Length);
        int end = text[..room].IndexOf('\n');
        state.Line.Append(text[..(end < 0 ? room : end)]);
        if (end >= 0)
        {
            Search(descriptor, state);
            state.Line.Clear();
            return text[(end + 1)..];
        }

        if (room < text.Length)
        {
            Search(descriptor, state);
            state.Line.Remove(0, state.Line.Length - (_text.Length - 1));
        }

        return text[room..];
    }

    private void Search(DumpDescriptor descriptor, LineState state)
    {
        if (state.Line.Length < _text.Length) return;
        string line = state.Line.ToString();
        if (line.Contains(_text, StringComparison.Ordinal)) _found(new TextMatch(state.StartNs, descriptor, line));
    }

    private sealed class LineState
    {
        public PlainText Text { get; } = new(keepControlStrings: true);

        public StringBuilder Line { get; } = new();

        public ulong StartNs { get; set; }
    }
}
