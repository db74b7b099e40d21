using SshGateway.Server.Authentication;
using SshGateway.Server.Tests.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class RefusalClockTests
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(250);

    private readonly ManualTime _time = new();
    private readonly RefusalClock _clock = new(Least, Most);

    [Fact]
    public void Quick_refusals_take_as_long_as_the_slowest_one()
    {
        Assert.Equal(Least, After(0));
        Assert.Equal(TimeSpan.FromMilliseconds(110), After(100));
        for (int i = 0; i < 1000; i++) Assert.Equal(TimeSpan.FromMilliseconds(110), After(i % 100));
    }

    [Fact]
    public void Nobody_waits_for_ever() => Assert.Equal(Most, After(10_000));

    [Fact]
    public void It_is_forgotten_in_time()
    {
        After(100);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromMilliseconds(55), After(0));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(Least, After(0));
    }

    [Fact]
    public async Task What_has_taken_long_enough_is_told_at_once()
    {
        long begun = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        await _clock.WaitAsync(begun, _time, default);
        Assert.Equal(Most, After(0));
    }

    private TimeSpan After(int milliseconds) => _clock.LevelAfter(TimeSpan.FromMilliseconds(milliseconds), _time);
}
