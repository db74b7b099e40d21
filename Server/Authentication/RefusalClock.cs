namespace SshGateway.Server.Authentication;

/// <summary>
/// Makes refusals of a method take alike long, whatever had to be done for them: files that are there or not, programs that were run or not, hashes that
/// were computed or not. Each takes as long as the slowest of late, so that its time says nothing of whether the user exists.
/// </summary>
/// <param name="least">What refusals take at least.</param>
/// <param name="most">Work that takes longer than this shows: nobody is made to wait for somebody else's slow disk.</param>
internal sealed class RefusalClock(TimeSpan least, TimeSpan most)
{
    /// <summary>After this time without a slow refusal, what they take has fallen by half. Quick ones do not make it fall.</summary>
    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private TimeSpan _level;
    private long _setAt;

    /// <summary>Waits until a refusal may be told.</summary>
    /// <param name="begun">Timestamp of when the attempt came.</param>
    /// <param name="time">The clock that it is of.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WaitAsync(long begun, TimeProvider time, CancellationToken cancellationToken)
    {
        TimeSpan worked = time.GetElapsedTime(begun);
        TimeSpan left = LevelAfter(worked, time) - worked;
        if (left > TimeSpan.Zero) await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
    }

    internal TimeSpan LevelAfter(TimeSpan worked, TimeProvider time)
    {
        lock (_lock)
        {
            TimeSpan level = TimeSpan.FromTicks(Math.Max(least.Ticks, (long)(_level.Ticks * Math.Pow(0.5, time.GetElapsedTime(_setAt) / HalfLife))));
            // A tenth more than it took: the next one may take a little longer.
            TimeSpan wanted = TimeSpan.FromTicks(Math.Min(most.Ticks, worked.Ticks + (worked.Ticks / 10)));
            if (wanted <= level) return level;
            _level = wanted;
            _setAt = time.GetTimestamp();
            return wanted;
        }
    }
}

/// <summary>One for each kind of attempt; shared by all connections of a gateway.</summary>
internal sealed class RefusalClocks
{
    /// <summary>Keys and machines: files, and perhaps a program.</summary>
    public RefusalClock Keys { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(250));

    /// <summary>PAM: modules, which mostly have a delay of their own.</summary>
    public RefusalClock Passwords { get; } = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(3));
}
