using System.Diagnostics.Metrics;
using SshGateway.Server.Metrics;

namespace SshGateway.Server.Recording;

/// <summary>What recording counts, on the server's meter.</summary>
internal static class RecordingMetrics
{
    private static readonly Meter OwnMeter = new(ServerMetrics.MeterName);

    private static readonly Counter<long> RecordedBytes = OwnMeter.CreateCounter<long>(
        "sshgateway.recording.bytes", "By", "Bytes written to recordings.");

    private static readonly Counter<long> FailureCount = OwnMeter.CreateCounter<long>(
        "sshgateway.recording.failures", description: "Recordings that could not be begun or broke off.");

    private static readonly UpDownCounter<long> ActiveCount = OwnMeter.CreateUpDownCounter<long>(
        "sshgateway.recording.active", description: "Recordings that are being made.");

    private static readonly UpDownCounter<long> QueuedBytes = OwnMeter.CreateUpDownCounter<long>(
        "sshgateway.recording.queued", "By", "Bytes that wait to be written to recordings.");

    public static void Recorded(long bytes)
    {
        if (bytes > 0) RecordedBytes.Add(bytes);
    }

    public static void Failed() => FailureCount.Add(1);

    public static void Active(int change) => ActiveCount.Add(change);

    public static void Queued(int change)
    {
        if (QueuedBytes.Enabled) QueuedBytes.Add(change);
    }
}
