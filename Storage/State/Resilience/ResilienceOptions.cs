namespace SshGateway.Storage.State.Resilience;

public sealed record ResilienceOptions
{
    /// <summary>How long a login waits for the store (<c>state.timeout</c>); lists may take ten times as long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>No login without the store (<c>state.mandatory</c>).</summary>
    public bool IsMandatory { get; init; }

    /// <summary>Pause between two attempts to reach a store that is away.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told of each outage, with the reason, and of each recovery, with null. Must not throw or block.</summary>
    public Action<string?>? AvailabilityChanged { get; init; }
}

/// <param name="IsAvailable">The store answers; otherwise the gateway's memory does.</param>
/// <param name="Problem">Why it is not available, or empty.</param>
/// <param name="Since">When that began.</param>
/// <param name="Latency">Time that the last operation took.</param>
/// <param name="Outages">Outages since the start.</param>
/// <param name="Waiting">What is to be written back.</param>
public sealed record StateStoreStatus(bool IsAvailable, string Problem, DateTimeOffset Since, TimeSpan Latency, long Outages, int Waiting);
