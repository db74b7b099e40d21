using Microsoft.Extensions.Logging;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Listeners;

/// <summary><c>log_stats_interval</c>: the bytes a session has transferred, logged that often. Driven by the one timer of all sessions.</summary>
internal sealed class TransferLog(string session, TimeSpan interval, ILogger log, TimeProvider time)
{
    // The timer's beat is a second: half of one is as good as on time.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    private long _last = time.GetTimestamp();

    /// <summary>Null when the interval says never.</summary>
    public static TransferLog? For(string session, TimeSpan interval, ILogger log, TimeProvider time) =>
        interval > TimeSpan.Zero ? new TransferLog(session, interval, log, time) : null;

    public void Tick((ulong FromClient, ulong FromDestination) bytes)
    {
        if (time.GetElapsedTime(_last) + Tolerance < interval) return;
        _last = time.GetTimestamp();
        log.Transferred(session, bytes.FromClient, bytes.FromDestination);
    }
}
