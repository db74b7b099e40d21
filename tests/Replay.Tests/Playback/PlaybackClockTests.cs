using SshGateway.Replay.Playback;
using Xunit;

namespace SshGateway.Replay.Tests.Playback;

public sealed class PlaybackClockTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_pause_stops_the_time_and_the_rest_of_the_wait_follows_it()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        Task<WaitResult> wait = clock.WaitAsync(10, default).AsTask();
        Assert.Equal(10, (await _time.NextWaitAsync()).TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(4));
        clock.TogglePause();
        _time.Advance(TimeSpan.FromSeconds(1000));
        clock.TogglePause();
        Assert.Equal(6, (await NextWaitOfAsync(6)).TotalSeconds);
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(WaitResult.Due, await wait.WaitAsync(Timeout));
    }

    [Fact]
    public async Task A_stopped_program_does_not_lose_the_pause()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        clock.TogglePause();
        clock.Suspend();
        _time.Advance(TimeSpan.FromSeconds(50));
        clock.Resume();
        _time.Advance(TimeSpan.FromSeconds(50));
        clock.TogglePause();
        Task<WaitResult> wait = clock.WaitAsync(1, default).AsTask();
        Assert.Equal(1, (await _time.NextWaitAsync()).TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(WaitResult.Due, await wait.WaitAsync(Timeout));
    }

    [Fact]
    public async Task While_paused_a_jump_forward_shows_what_lies_between_and_stays_paused()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        clock.TogglePause();
        clock.Seek(5);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(5, default));
        ValueTask<WaitResult> next = clock.WaitAsync(6, default);
        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.False(next.IsCompleted);
        clock.Seek(5);
        Assert.Equal(WaitResult.Due, await next.AsTask().WaitAsync(Timeout));
    }

    [Fact]
    public async Task A_jump_to_before_what_was_shown_rewinds_once()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        clock.Seek(30);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(29, default));
        clock.Seek(-5);
        Assert.Equal(WaitResult.Rewind, await clock.WaitAsync(31, default));
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(25, default));
    }

    [Fact]
    public async Task A_jump_back_within_a_wait_rewinds_nothing()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(0, default));
        clock.Seek(20);
        clock.Seek(-5);
        Task<WaitResult> wait = clock.WaitAsync(25, default).AsTask();
        Assert.Equal(10, (await _time.NextWaitAsync()).TotalSeconds);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(WaitResult.Due, await wait.WaitAsync(Timeout));
    }

    [Fact]
    public async Task What_cannot_be_opened_again_does_not_rewind()
    {
        var clock = new PlaybackClock(1, isLive: false, _time) { CanRewind = false };
        clock.Seek(30);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(29, default));
        clock.Seek(-5);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(30, default));
    }

    [Fact]
    public async Task A_live_session_is_always_due_but_can_be_paused()
    {
        var clock = new PlaybackClock(1, isLive: true, _time);
        Assert.Equal(WaitResult.Due, await clock.WaitAsync(1e12, default));
        clock.TogglePause();
        ValueTask<WaitResult> wait = clock.WaitAsync(0, default);
        Assert.False(wait.IsCompleted);
        clock.TogglePause();
        Assert.Equal(WaitResult.Due, await wait.AsTask().WaitAsync(Timeout));
    }

    [Fact]
    public async Task A_cancelled_wait_ends()
    {
        var clock = new PlaybackClock(1, isLive: false, _time);
        using var cancel = new CancellationTokenSource();
        Task<WaitResult> wait = clock.WaitAsync(10, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(Timeout));
    }

    /// <summary>The waiter may see the moment between two changes and begin a wait that the second makes void.</summary>
    private async Task<TimeSpan> NextWaitOfAsync(double seconds)
    {
        TimeSpan wait;
        do wait = await _time.NextWaitAsync();
        while (wait.TotalSeconds != seconds);
        return wait;
    }
}
