using System.Text;

namespace SshGateway.Replay.Terminal;

/// <summary>
/// Watches what a session does to the terminal, to undo at the end what it left behind: the alternate screen, a hidden cursor, mouse
/// reports, colours. Sequences may be cut anywhere.
/// </summary>
internal sealed class ScreenModes
{
    private const byte Escape = 0x1b;
    private const int MaximumNumber = 99_999;

    // The modes that disturb a shell when left on (or, for 7 and 25, off). 1049 comes late, so that the others are undone on the
    // screen where they were set.
    private static readonly int[] Watched = [1, 5, 7, 9, 25, 66, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026, 47, 1047, 1049];

    private readonly HashSet<int> _changed = [];
    private readonly List<int> _numbers = [];
    private Position _position;
    private bool _private;
    private int _number;
    private bool _escapeSeen;

    private enum Position
    {
        Outside,
        AfterEscape,
        InSequence,
    }

    public void Observe(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_position == Position.Outside)
            {
                int next = data.IndexOf(Escape);
                if (next < 0) return;
                data = data[next..];
            }

            Accept(data[0]);
            data = data[1..];
        }
    }

    /// <summary>The bytes that bring the terminal back; empty when the session sent no escape sequence at all.</summary>
    public byte[] Undo()
    {
        if (!_escapeSeen) return [];
        var text = new StringBuilder();
        // CAN ends a sequence that was cut. Then, without moving the cursor: scroll region, origin mode, insert mode, keypad,
        // character set, attributes.
        text.Append("\u0018\u001b7\u001b[r\u001b[?6l\u001b8\u001b[4l\u001b>\u001b(B\u000f\u001b[0m");
        foreach (int mode in Watched)
            if (_changed.Contains(mode)) text.Append($"\u001b[?{mode}{(IsOnByDefault(mode) ? 'h' : 'l')}");
        _changed.Clear();
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static bool IsOnByDefault(int mode) => mode is 7 or 25;

    private void Accept(byte value)
    {
        if (value == Escape)
        {
            _escapeSeen = true;
            _position = Position.AfterEscape;
        }
        else if (_position == Position.AfterEscape)
        {
            _position = value == '[' ? Position.InSequence : Position.Outside;
            _private = false;
            _number = 0;
            _numbers.Clear();
        }
        else
        {
            AcceptInSequence(value);
        }
    }

    private void AcceptInSequence(byte value)
    {
        switch (value)
        {
            case (byte)'?': _private = true; break;
            case >= (byte)'0' and <= (byte)'9': _number = Math.Min((_number * 10) + value - '0', MaximumNumber); break;
            case (byte)';': EndNumber(); break;
            case >= 0x40 and <= 0x7e:
                EndNumber();
                if (_private && value is ((byte)'h' or (byte)'l')) SetModes(value == 'h');
                _position = Position.Outside;
                break;
        }
    }

    private void EndNumber()
    {
        // A terminal takes some sixteen numbers; a hostile recording may have millions.
        if (_numbers.Count < 32) _numbers.Add(_number);
        _number = 0;
    }

    private void SetModes(bool on)
    {
        foreach (int mode in _numbers)
        {
            if (on == IsOnByDefault(mode)) _changed.Remove(mode);
            else if (Watched.AsSpan().Contains(mode)) _changed.Add(mode);
        }
    }
}
