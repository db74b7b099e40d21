using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace SshGateway.Storage.State.Resilience;

/// <summary>What can be measured of the state store, for whoever listens to the meter.</summary>
public static class StateMetrics
{
    public const string MeterName = "SshGateway.Storage";

    private const string Suffix = "Async";

    private static readonly ConcurrentDictionary<ResilientStateStore, bool> Stores = new();
    private static readonly Meter OwnMeter = new(MeterName);

    private static readonly Histogram<double> Latency = OwnMeter.CreateHistogram<double>(
        "sshgateway.state.latency", "s", "Time that operations of the state store took, those that failed or were given up included");

    static StateMetrics()
    {
        OwnMeter.CreateObservableGauge(
            "sshgateway.state.breaker", () => Stores.Keys.Select(store => new Measurement<int>(store.Status.IsAvailable ? 0 : 1)), null, "0: the state store answers; 1: it is away, and nobody waits for it");
        OwnMeter.CreateObservableGauge(
            "sshgateway.state.waiting", () => Stores.Keys.Select(store => new Measurement<int>(store.Status.Waiting)), "{change}", "What is to be written back when the state store answers again");
        OwnMeter.CreateObservableCounter(
            "sshgateway.state.outages", () => Stores.Keys.Select(store => new Measurement<long>(store.Status.Outages)), "{outage}", "Outages of the state store since the start");
    }

    internal static void Add(ResilientStateStore store) => Stores[store] = true;

    internal static void Remove(ResilientStateStore store) => Stores.TryRemove(store, out _);

    /// <param name="operation">The method's name.</param>
    /// <param name="time">How long it took.</param>
    internal static void Took(string operation, TimeSpan time)
    {
        if (!Latency.Enabled) return;
        string name = operation.EndsWith(Suffix, StringComparison.Ordinal) ? operation[..^Suffix.Length] : operation;
        Latency.Record(time.TotalSeconds, new KeyValuePair<string, object?>("operation", name));
    }
}
