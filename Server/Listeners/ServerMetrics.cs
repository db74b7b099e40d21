using System.Diagnostics.Metrics;

namespace SshGateway.Server.Listeners;

/// <summary>What the front of the gateway counts; exporters listen to the meter by its name.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "SshGateway.Server";

    private static readonly Meter _meter = new(MeterName);

    private static readonly Counter<long> _reloads = _meter.CreateCounter<long>(
        "sshgateway.configuration.reloads", description: "Attempts to load the configuration anew, by result (success, failure).");

    public static void Reloaded(bool success) => _reloads.Add(1, new KeyValuePair<string, object?>("result", success ? "success" : "failure"));
}
