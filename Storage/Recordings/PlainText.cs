using System.Text;

namespace SshGateway.Storage.Recordings;

/// <summary>
/// Turns the bytes of a terminal stream into plain text, however they are cut into pieces: UTF-8 is decoded (U+FFFD for what is
/// none), escape sequences and control characters go, a return ends a line as a line feed does. It draws no screen: what was
/// overwritten there stays in the text.
/// </summary>
/// <param name="keepControlStrings">
/// Whether the text of titles and the like stays. Who searches wants it: ESC ] without an end would hide all that follows.
/// </param>
public sealed class PlainText(bool keepControlStrings = false)
{
    private const int CharsAtOnce = 1024;
    private const char Escape = '\u001b';

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _chars = new char[CharsAtOnce];
    private State _state;
    private bool _afterReturn;

    private State ControlString => keepControlStrings ? State.Text : State.ControlString;

    private enum State
    {
        Text,
        Escape,
        EscapeIntermediate,
        ControlSequence,
        ControlString,
        ControlStringEscape,
    }

    /// <summary>Appends the text of <paramref name="data"/> to <paramref name="target"/>; lines end in a line feed.</summary>
    public void Decode(ReadOnlySpan<byte> data, StringBuilder target)
    {
        while (!data.IsEmpty)
        {
            _decoder.Convert(data, _chars, flush: false, out int bytesUsed, out int charsUsed, out _);
            foreach (char c in _chars.AsSpan(0, charsUsed)) Accept(c, target);
            data = data[bytesUsed..];
        }
    }

    /// <summary>Ends the stream: half a character becomes U+FFFD, and a return at the very end becomes its line feed.</summary>
    public void Finish(StringBuilder target)
    {
        int count = _decoder.GetChars([], _chars, flush: true);
        foreach (char c in _chars.AsSpan(0, count)) Accept(c, target);
        if (_afterReturn) target.Append('\n');
        _afterReturn = false;
    }

    private void Accept(char c, StringBuilder target)
    {
        // CAN and SUB break off any sequence, and so does an escape, which begins the next.
        if (c is '\u0018' or '\u001a') _state = State.Text;
        else if (c == Escape) _state = _state == State.ControlString ? State.ControlStringEscape : State.Escape;
        else _state = Next(c, target);
    }

    private State Next(char c, StringBuilder target) => _state switch
    {
        State.Escape => AfterEscape(c),
        State.EscapeIntermediate => c is >= ' ' and <= '/' ? State.EscapeIntermediate : State.Text,
        State.ControlSequence => InControlSequence(c, target),
        State.ControlString => c is '\a' or '\u009c' ? State.Text : State.ControlString,
        State.ControlStringEscape => c == '\\' ? State.Text : AfterEscape(c),
        _ => InText(c, target),
    };

    private State AfterEscape(char c) => c switch
    {
        '[' => State.ControlSequence,
        ']' or 'P' or 'X' or '^' or '_' => ControlString,
        >= ' ' and <= '/' => State.EscapeIntermediate,
        _ => State.Text,
    };

    private State InControlSequence(char c, StringBuilder target)
    {
        if (c is >= ' ' and <= '?') return State.ControlSequence;
        if (c is >= '@' and <= '~') return State.Text;
        // A terminal obeys a control character inside a sequence at once; any other character ends the sequence.
        State next = InText(c, target);
        return c < ' ' ? State.ControlSequence : next;
    }

    private State InText(char c, StringBuilder target)
    {
        if (_afterReturn && c is not ('\n' or '\r')) target.Append('\n');
        _afterReturn = c == '\r';
        switch (c)
        {
            case '\u009b': return State.ControlSequence;
            case '\u0090' or '\u0098' or '\u009d' or '\u009e' or '\u009f': return ControlString;
            case '\n' or '\t': target.Append(c); break;
            default:
                if (!char.IsControl(c)) target.Append(c);
                break;
        }

        return State.Text;
    }
}
