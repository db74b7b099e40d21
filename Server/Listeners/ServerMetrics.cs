using System.Diagnostics.Metrics;

namespace SshGateway.Server.Listeners;

/// <summary>What the front of the gateway counts; exporters listen to the meter by its name.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "SshGateway.Server";

    private static readonly Meter _meter = new(MeterName);

    private static readonly Counter<long> _reloads = _meter.CreateCounter<long>(
        "sshgateway.configuration.reloads", description: "Attempts to load the configuration anew, by result (success, failure).");

    private static readonly Counter<long> _refused = _meter.CreateCounter<long>(
        "sshgateway.connections.refused", description: "Connections closed before a word was read, by reason (penalty, limit, proxy_header).");

    private static readonly Counter<long> _penalties = _meter.CreateCounter<long>(
        "sshgateway.penalties", description: "Penalties given to sources, by offence.");

    public static void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void Penalised(LoginOutcome outcome) => _penalties.Add(1, new KeyValuePair<string, object?>("offence", outcome.ToString()));

    public static void Reloaded(bool success) => _reloads.Add(1, new KeyValuePair<string, object?>("result", success ? "success" : "failure"));
}
