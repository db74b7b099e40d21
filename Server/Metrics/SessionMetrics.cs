using System.Diagnostics.Metrics;
using SshGateway.Server.Destinations;
using SshGateway.Server.Relay;

namespace SshGateway.Server.Metrics;

/// <summary>What the stages of a session tell, each once. Labels are a method, a result or the name of a route: never a user or a host.</summary>
internal static class SessionMetrics
{
    /// <summary>Seconds. From a key exchange in the same rack to a connect_timeout that is over.</summary>
    public static readonly double[] ShortTimeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly InstrumentAdvice<double> ShortTimes = new() { HistogramBucketBoundaries = ShortTimeBuckets };

    // Seconds. From one command to a session that is left open over night.
    private static readonly InstrumentAdvice<double> SessionTimes = new()
    {
        HistogramBucketBoundaries = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400],
    };

    private static readonly Counter<long> LoginCount = ServerMetrics.Own.CreateCounter<long>(
        "sshgateway.logins", "{login}", "Attempts to log in that were judged.");

    private static readonly Histogram<double> HandshakeTime = ServerMetrics.Own.CreateHistogram(
        "sshgateway.handshake.duration", "s", "Time from the identification string to the end of the first key exchange.", tags: null, ShortTimes);

    private static readonly Histogram<double> DialTime = ServerMetrics.Own.CreateHistogram(
        "sshgateway.dial.duration", "s", "Time to connect to a destination and to exchange keys with it.", tags: null, ShortTimes);

    private static readonly Histogram<double> StartTime = ServerMetrics.Own.CreateHistogram(
        "sshgateway.session.start.duration", "s", "What a user waits from his accepted login to a destination that is ready.", tags: null, ShortTimes);

    private static readonly Counter<long> RefusedCount = ServerMetrics.Own.CreateCounter<long>(
        "sshgateway.sessions.refused", "{session}", "Users who logged in and got no session.");

    private static readonly Histogram<double> SessionTime = ServerMetrics.Own.CreateHistogram(
        "sshgateway.session.duration", "s", "Length of sessions that have ended.", tags: null, SessionTimes);

    private static readonly Counter<long> DataCount = ServerMetrics.Own.CreateCounter<long>(
        "sshgateway.relay.data", "By", "Channel data relayed, without what SSH adds.");

    private static readonly Counter<long> RekeyCount = ServerMetrics.Own.CreateCounter<long>(
        "sshgateway.rekeys", "{exchange}", "Key exchanges after the first.");

    /// <summary>Nobody listens: what is counted by the second need not be looked at.</summary>
    public static bool IsIdle => !DataCount.Enabled;

    public static void Accepted(string method) => LoginCount.Add(1, Label("method", method), Label("result", "accepted"));

    /// <param name="method">One of the offered methods, or "other".</param>
    public static void Failed(string method) => LoginCount.Add(1, Label("method", method), Label("result", "failed"));

    public static void HandshakeEnded(Side leg, TimeSpan time) => HandshakeTime.Record(time.TotalSeconds, Label("leg", Name(leg)));

    /// <param name="service">The route's name.</param>
    /// <param name="failure">What was wrong; null: nothing.</param>
    /// <param name="time">How long it took to find that out.</param>
    public static void Dialled(string service, FailureKind? failure, TimeSpan time) =>
        DialTime.Record(time.TotalSeconds, Label("route", service), Label("result", failure switch
        {
            null => "connected",
            FailureKind.Unreachable => "unreachable",
            FailureKind.Handshake => "handshake",
            FailureKind.HostKey => "host_key",
            _ => "local",
        }));

    public static void Started(string service, TimeSpan time) => StartTime.Record(time.TotalSeconds, Label("route", service));

    /// <param name="service">The route's name.</param>
    /// <param name="reason">no_destination, blocking_command or recording.</param>
    public static void Refused(string service, string reason) => RefusedCount.Add(1, Label("route", service), Label("reason", reason));

    public static void Ended(string service, TimeSpan time) => SessionTime.Record(time.TotalSeconds, Label("route", service));

    public static void Relayed(string service, Side from, long bytes) => DataCount.Add(bytes, Label("route", service), Label("direction", $"from_{Name(from)}"));

    public static void Rekeyed(Side leg, long count) => RekeyCount.Add(count, Label("leg", Name(leg)));

    private static string Name(Side side) => side == Side.Client ? "client" : "destination";

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
