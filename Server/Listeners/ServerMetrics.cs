using System.Diagnostics.Metrics;

namespace SshGateway.Server.Listeners;

/// <summary>What the front of the gateway counts; exporters listen to the meter by its name.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "SshGateway.Server";

    private static readonly Meter OwnMeter = new(MeterName);

    private static readonly Counter<long> ReloadCount = OwnMeter.CreateCounter<long>(
        "sshgateway.configuration.reloads", description: "Attempts to load the configuration anew, by result (success, failure).");

    private static readonly Counter<long> RefusalCount = OwnMeter.CreateCounter<long>(
        "sshgateway.connections.refused", description: "Connections closed before a word was read, by reason (penalty, limit, proxy_header).");

    private static readonly Counter<long> PenaltyCount = OwnMeter.CreateCounter<long>(
        "sshgateway.penalties", description: "Penalties given to sources, by offence.");

    public static void Refused(string reason) => RefusalCount.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void Penalised(LoginOutcome outcome) => PenaltyCount.Add(1, new KeyValuePair<string, object?>("offence", outcome.ToString()));

    public static void Reloaded(bool success) => ReloadCount.Add(1, new KeyValuePair<string, object?>("result", success ? "success" : "failure"));
}
