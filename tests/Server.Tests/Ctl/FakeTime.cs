namespace SshGateway.Server.Tests.Ctl;

/// <summary>A clock that stands until it is set, in a time zone of choice.</summary>
internal sealed class FakeTime(DateTimeOffset now, TimeZoneInfo? zone = null) : TimeProvider
{
    public DateTimeOffset Now
    {
        get;
        set
        {
            field = value;
            Changed?.Invoke(value);
        }
    } = now;

    /// <summary>Told when it is set.</summary>
    public Action<DateTimeOffset>? Changed { get; set; }

    public override TimeZoneInfo LocalTimeZone => zone ?? TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Now;
}
