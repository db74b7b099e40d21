using SshGateway.Replay.Listing;
using Xunit;

namespace SshGateway.Replay.Tests.Listing;

public sealed class DumpTimeTextTests
{
    private const ulong Winter = 1_767_225_601_000_000_000; // 2026-01-01 00:00:01 UTC

    [Theory]
    [InlineData(Winter, "2026-01-01 00:00:01 +0000 UTC")]
    [InlineData(Winter + 120_000_000, "2026-01-01 00:00:01.12 +0000 UTC")]
    [InlineData(Winter + 1, "2026-01-01 00:00:01.000000001 +0000 UTC")]
    [InlineData(0, "1970-01-01 00:00:00 +0000 UTC")]
    [InlineData(ulong.MaxValue, "2554-07-21 23:34:33.709551615 +0000 UTC")]
    public void A_full_time_has_its_nanoseconds_without_zeros_at_the_end(ulong ns, string expected) =>
        Assert.Equal(expected, new DumpTimeText(TimeZoneInfo.Utc).Full(ns));

    [Fact]
    public void Another_zone_has_its_offset_and_name_in_winter_and_summer()
    {
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 29),
            TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 25));
        var zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(1), "test", "CET", "CEST", [rule]);
        Assert.Equal("2026-01-01 01:00:01 +0100 CET", new DumpTimeText(zone).Full(Winter));
        Assert.Equal("2026-06-30 02:00:01 +0200 CEST", new DumpTimeText(zone).Full(Winter + (180UL * 86_400 * 1_000_000_000)));
    }

    [Fact]
    public void A_zone_without_an_abbreviation_has_its_offset_twice()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromMinutes(-210), "test", "Some long name");
        Assert.Equal("2025-12-31 20:30:01 -0330 -0330", new DumpTimeText(zone).Full(Winter));
    }

    [Theory]
    [InlineData(0, "      +0.000000")]
    [InlineData(367_867, "      +0.000368")]
    [InlineData(1_000_000_000, "      +1.000000")]
    [InlineData(123_456_789_123_456_789, "+123456789.123457")]
    [InlineData(-1_500_000_000, "     +-1.500000")]
    public void The_time_since_the_first_record_has_microseconds(long distance, string expected) =>
        Assert.Equal(expected, DumpTimeText.Since(Winter, (ulong)((long)Winter + distance)));

    [Fact]
    public void The_day_has_two_digits() => Assert.Equal("Jan 01 00:00:01", new DumpTimeText(TimeZoneInfo.Utc).Day(Winter));
}
