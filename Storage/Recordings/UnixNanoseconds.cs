namespace SshGateway.Storage.Recordings;

/// <summary>The clock of recordings: nanoseconds since 1970, unsigned, good until the year 2554.</summary>
public static class UnixNanoseconds
{
    /// <summary>Nanoseconds in a tick of <see cref="DateTime"/> and <see cref="TimeSpan"/>.</summary>
    public const int PerTick = 100;

    /// <summary>Nanoseconds in a second.</summary>
    public const ulong PerSecond = 1_000_000_000;

    /// <summary>A time before 1970 becomes 0.</summary>
    public static ulong From(DateTimeOffset time) => (ulong)Math.Max(0, (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * PerTick);

    /// <summary>The time in UTC; less than <see cref="PerTick"/> nanoseconds are cut off.</summary>
    public static DateTimeOffset ToUtc(ulong ns) => DateTimeOffset.UnixEpoch.AddTicks((long)(ns / PerTick));
}
