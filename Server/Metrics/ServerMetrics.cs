using System.Diagnostics.Metrics;
using SshGateway.Server.Listeners;

namespace SshGateway.Server.Metrics;

/// <summary>What the front of the gateway counts; exporters listen to the meter by its name. docs/metrics.md lists all instruments.</summary>
internal static class ServerMetrics
{
    public const string MeterName = "SshGateway.Server";

    public static readonly Meter Own = new(MeterName);

    private static readonly Counter<long> ReloadCount = Own.CreateCounter<long>(
        "sshgateway.configuration.reloads", "{reload}", "Attempts to load the configuration anew.");

    private static readonly Counter<long> RefusalCount = Own.CreateCounter<long>(
        "sshgateway.connections.refused", "{connection}", "Connections closed before a word was read.");

    private static readonly Counter<long> PenaltyCount = Own.CreateCounter<long>(
        "sshgateway.penalties", "{penalty}", "Penalties given to source addresses.");

    private static readonly Counter<long> ConnectionCount = Own.CreateCounter<long>(
        "sshgateway.connections", "{connection}", "Connections whose login came to an end, by how it did.");

    public static void Refused(string reason) => RefusalCount.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public static void Penalised(LoginOutcome outcome) => PenaltyCount.Add(1, new KeyValuePair<string, object?>("offence", Name(outcome)));

    public static void Reloaded(bool success) => ReloadCount.Add(1, new KeyValuePair<string, object?>("result", success ? "success" : "failure"));

    public static void Authenticated() => ConnectionCount.Add(1, new KeyValuePair<string, object?>("outcome", "authenticated"));

    public static void NotAuthenticated(LoginOutcome outcome) => ConnectionCount.Add(1, new KeyValuePair<string, object?>("outcome", Name(outcome)));

    private static string Name(LoginOutcome outcome) => outcome switch
    {
        LoginOutcome.NoAttempt => "no_attempt",
        LoginOutcome.Failed => "failed",
        LoginOutcome.GraceExceeded => "grace_exceeded",
        LoginOutcome.Breach => "breach",
        _ => "ended_by_gateway",
    };
}
