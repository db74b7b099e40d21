using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>The one clock of a connection's recordings: begins at the time of day and never runs backwards.</summary>
internal sealed class RecordingClock
{
    private readonly TimeProvider _time;
    private readonly ulong _startNs;
    private readonly long _startedAt;

    public RecordingClock(TimeProvider time)
    {
        _time = time;
        _startNs = UnixNanoseconds.From(time.GetUtcNow());
        _startedAt = time.GetTimestamp();
    }

    /// <summary>Nanoseconds since 1970.</summary>
    public ulong NowNs
    {
        get
        {
            long passed = _time.GetTimestamp() - _startedAt;
            long frequency = _time.TimestampFrequency;
            return _startNs + (ulong)((passed / frequency * 1_000_000_000L) + (passed % frequency * 1_000_000_000L / frequency));
        }
    }
}
