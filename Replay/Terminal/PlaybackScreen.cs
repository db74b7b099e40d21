using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Terminal;

/// <summary>
/// Where a session is played to: output and error output as they were. Remembers how the terminal must be brought back, and does
/// it once, also from a signal's handler, after which nothing more is written.
/// </summary>
internal sealed class PlaybackScreen(Stream output, Stream errors, bool isTerminal)
{
    // A handler of a signal waits no longer for a write that hangs (a terminal stopped with Ctrl-S).
    private static readonly TimeSpan CloseWait = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly ScreenModes _modes = new();
    private bool _closed;

    public void Write(DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        if (descriptor == DumpDescriptor.Input) return;
        lock (_lock)
        {
            if (_closed) return;
            _modes.Observe(data);
            (descriptor == DumpDescriptor.Output ? output : errors).Write(data);
        }
    }

    /// <summary>Before a session is played again from its beginning.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_closed || !isTerminal) return;
            output.Write(_modes.Undo());
            output.Write("\u001b[H\u001b[2J"u8);
        }
    }

    /// <summary>Undoes what the session changed, without ending it.</summary>
    public void Suspend()
    {
        if (!_lock.TryEnter(CloseWait)) return;
        try
        {
            Undo();
        }
        finally
        {
            _lock.Exit();
        }
    }

    public void Close()
    {
        if (!_lock.TryEnter(CloseWait)) return;
        try
        {
            Undo();
            _closed = true;
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void Undo()
    {
        if (_closed || !isTerminal) return;
        try
        {
            output.Write(_modes.Undo());
        }
        catch (IOException)
        {
            // The terminal is gone; there is nothing to bring back.
        }
    }
}
