namespace SshGateway.Replay.Terminal;

/// <summary>
/// The keyboard's side of the terminal: single keys without echo while a session plays. Signals of the keyboard (Ctrl-C, Ctrl-Z)
/// go on working. Does nothing when standard input is no terminal, or one that this process has no right to change now.
/// </summary>
internal sealed unsafe class KeyboardMode
{
    private Libc.Termios _saved;
    private bool _entered;

    /// <summary>Whether keys can be read at all.</summary>
    public static bool IsAvailable => Libc.IsTerminal(Libc.StandardInput) == 1 && IsForeground;

    private static bool IsForeground => Libc.ForegroundGroup(Libc.StandardInput) == Libc.OwnGroup();

    public void Enter()
    {
        if (_entered || !IsAvailable) return;
        Libc.Termios saved;
        if (Libc.GetAttributes(Libc.StandardInput, &saved) != 0) return;
        _saved = saved;
        saved.LocalFlags &= ~(Libc.Canonical | Libc.Echo);
        saved.ControlCharacters[Libc.MinimumIndex] = 1;
        saved.ControlCharacters[Libc.TimeIndex] = 0;
        _entered = Libc.SetAttributes(Libc.StandardInput, Libc.SetNow, &saved) == 0;
    }

    public void Leave()
    {
        if (!_entered) return;
        _entered = false;
        // A played session may have asked the terminal questions; the answers must not become the shell's input.
        _ = Libc.Discard(Libc.StandardInput, Libc.FlushInput);
        Libc.Termios saved = _saved;
        _ = Libc.SetAttributes(Libc.StandardInput, Libc.SetNow, &saved);
    }
}
