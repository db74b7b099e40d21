using SshGateway.Replay.Arguments;
using Xunit;

namespace SshGateway.Replay.Tests.Arguments;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("2s", 2_000)]
    [InlineData("2", 2_000)]
    [InlineData("0", 0)]
    [InlineData("1.5s", 1_500)]
    [InlineData("200ms", 200)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    public void Durations_add_up(string text, int milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-2s")]
    [InlineData("2x")]
    [InlineData("2s3")]
    [InlineData("2 s")]
    [InlineData("1.2.3s")]
    [InlineData("999999999999999999h")]
    public void Anything_else_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _));
}
