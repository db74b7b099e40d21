using System.Runtime.InteropServices;
using SshGateway.Replay.Playback;

namespace SshGateway.Replay.Terminal;

/// <summary>
/// Holds the terminal while sessions play, and gives it back as it was however the program ends: normally, by an exception, or by a
/// signal (whose usual effect follows). Ctrl-Z gives it back for as long as the program is stopped, and stops the playing clock.
/// </summary>
internal sealed class TerminalSession : IDisposable
{
    private readonly KeyboardMode _keyboard;
    private readonly PlaybackScreen _screen;
    private readonly PlaybackClock _clock;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private bool _left;

    public TerminalSession(KeyboardMode keyboard, PlaybackScreen screen, PlaybackClock clock)
    {
        _keyboard = keyboard;
        _screen = screen;
        _clock = clock;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
            _registrations.Add(PosixSignalRegistration.Create(signal, _ => Leave()));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, Continue));
        _keyboard.Enter();
    }

    public void Dispose()
    {
        Leave();
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (_left) return;
            _left = true;
            _screen.Close();
            _keyboard.Leave();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        // The usual effect of this signal, but only after the terminal was given back.
        context.Cancel = true;
        lock (_lock)
        {
            _clock.Suspend();
            _screen.Suspend();
            _keyboard.Leave();
        }

        _ = Libc.Kill(Libc.ProcessId(), Libc.SigStop);
    }

    private void Continue(PosixSignalContext context)
    {
        // The process runs again in any case; but the runtime would now set the terminal as it was when the runtime started.
        context.Cancel = true;
        lock (_lock)
        {
            if (_left) return;
            _keyboard.Enter();
            _clock.Resume();
        }
    }
}
