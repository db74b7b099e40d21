namespace SshGateway.Replay.Playback;

/// <summary>Finds keys in what the terminal sends, which may also hold answers to questions of the played session.</summary>
internal sealed class KeyDecoder
{
    private Position _position;

    private enum Position
    {
        Outside,
        AfterEscape,
        InSequence,
        InString,
        InStringAfterEscape,
    }

    /// <summary>The key that this byte completes, if it completes one.</summary>
    public PlayerKey? Accept(byte value)
    {
        switch (_position)
        {
            case Position.AfterEscape:
                _position = AfterEscape(value);
                return null;
            case Position.InSequence when value is >= 0x40 and <= 0x7e:
                _position = Position.Outside;
                return Arrow(value);
            case Position.InSequence:
                if (value == 0x1b) _position = Position.AfterEscape;
                return null;
            case Position.InString:
                _position = value switch { 0x1b => Position.InStringAfterEscape, 0x07 => Position.Outside, _ => Position.InString };
                return null;
            case Position.InStringAfterEscape:
                _position = value == '\\' ? Position.Outside : AfterEscape(value);
                return null;
            default:
                if (value == 0x1b) _position = Position.AfterEscape;
                return Plain(value);
        }
    }

    private static Position AfterEscape(byte value) => value switch
    {
        (byte)'[' or (byte)'O' => Position.InSequence,
        (byte)']' or (byte)'P' => Position.InString,
        0x1b => Position.AfterEscape,
        _ => Position.Outside,
    };

    private static PlayerKey? Arrow(byte final) => final switch
    {
        (byte)'A' => PlayerKey.FarForward,
        (byte)'B' => PlayerKey.FarBack,
        (byte)'C' => PlayerKey.Forward,
        (byte)'D' => PlayerKey.Back,
        _ => null,
    };

    private static PlayerKey? Plain(byte value) => value switch
    {
        (byte)' ' => PlayerKey.Pause,
        (byte)'q' or (byte)'Q' => PlayerKey.Quit,
        _ => null,
    };
}
