namespace SshGateway.Replay.Playback;

/// <summary>How a wait for a moment of the session ended.</summary>
internal enum WaitResult
{
    /// <summary>The moment has come.</summary>
    Due,

    /// <summary>The viewer went back to before what was shown last: play again from the beginning, up to now without waiting.</summary>
    Rewind,
}

/// <summary>
/// The session's own time: runs at a speed, stands still, jumps. One task waits on it; keys and signals change it from others.
/// </summary>
/// <param name="speed">Session seconds per second.</param>
/// <param name="isLive">Whether the session is shown as it comes: every moment is due, only the pause counts.</param>
/// <param name="time">The clock on the wall.</param>
internal sealed class PlaybackClock(double speed, bool isLive, TimeProvider time)
{
    // A recording may claim centuries; no timer waits longer than this at once.
    private const double LongestDelaySeconds = 86_400;

    // Timers count in milliseconds.
    private const double Tolerance = 0.0005;

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _startedAt = time.GetTimestamp();
    private double _base;
    private double _shown;
    private bool _paused;
    private bool _suspended;
    private bool _rewind;

    /// <summary>Whether the session can be played again from its beginning; otherwise the viewer cannot go back.</summary>
    public bool CanRewind { get; set; } = true;

    private bool Stands => _paused || _suspended;

    public void TogglePause() => Change(() => _paused = !_paused);

    /// <summary>Stands still while the program is stopped, whatever the viewer's pause says.</summary>
    public void Suspend() => Change(() => _suspended = true);

    public void Resume() => Change(() => _suspended = false);

    /// <summary>Jumps by some seconds of the session; to before what was shown means to play again.</summary>
    public void Seek(double seconds)
    {
        if (isLive) return;
        Change(() =>
        {
            double moment = Math.Max(0, _base + seconds);
            if (moment < _shown && !CanRewind) return;
            _base = moment;
            if (moment < _shown) _rewind = true;
        });
    }

    /// <summary>Begins a session, at its first moment.</summary>
    public void Restart()
    {
        Change(() =>
        {
            _base = 0;
            _shown = 0;
            _rewind = false;
        });
    }

    /// <summary>Waits until the session's time has come to <paramref name="moment"/> seconds.</summary>
    public async ValueTask<WaitResult> WaitAsync(double moment, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan? delay;
            lock (_lock)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (TryEnd(moment) is { } result) return result;
                changed = _changed.Task;
                delay = Stands ? null : Delay(moment);
            }

            await WaitForChangeAsync(changed, delay, cancellationToken);
        }
    }

    private TimeSpan Delay(double moment)
    {
        double seconds = Math.Min((moment - Now()) / speed, LongestDelaySeconds);
        return TimeSpan.FromMilliseconds(Math.Ceiling(seconds * 1000));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WaitResult? TryEnd(double moment)
    {
        if (_rewind)
        {
            _rewind = false;
            _shown = 0;
            return WaitResult.Rewind;
        }

        if (isLive ? Stands : Now() < moment - Tolerance) return null;
        _shown = moment;
        return WaitResult.Due;
    }

    private async Task WaitForChangeAsync(Task changed, TimeSpan? delay, CancellationToken cancellationToken)
    {
        if (delay is not { } wait)
        {
            await changed.WaitAsync(cancellationToken);
            return;
        }

        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(wait, time, timer.Token));
        await timer.CancelAsync();
    }

    private double Now() => Stands ? _base : _base + (time.GetElapsedTime(_startedAt).TotalSeconds * speed);

    /// <summary>Settles the time that has passed, changes something, and wakes who waits.</summary>
    private void Change(Action change)
    {
        lock (_lock)
        {
            _base = Now();
            _startedAt = time.GetTimestamp();
            change();
            _changed.SetResult();
            _changed = NewSignal();
        }
    }
}
