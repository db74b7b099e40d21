namespace SshGateway.Storage.State.Memory;

/// <summary>State in the memory of one process: for tests, for <c>memory:</c>, and in place of a store that is away.</summary>
public sealed partial class MemoryStateStore(TimeProvider? time = null) : IStateStore
{
    private static readonly TimeSpan UnregisteredLease = TimeSpan.FromSeconds(15);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly ChangeFeed _changes = new();

    /// <summary>By name and start: a gateway that was started anew has a lease of its own.</summary>
    private readonly Dictionary<(string Id, DateTimeOffset Started), Lease> _leases = [];
    private readonly Dictionary<string, Lease> _currentLeases = [];
    private readonly Dictionary<string, Live> _connections = [];

    private DateTimeOffset Now => _time.GetUtcNow();

    public Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            RemoveDead();
            bool isKnown = _leases.TryGetValue((gateway.Id, gateway.Started), out Lease? held);
            held ??= new Lease();
            held.Gateway = gateway;
            held.Until = Now + lease;
            _leases[(gateway.Id, gateway.Started)] = held;
            _currentLeases[gateway.Id] = held;
            return Task.FromResult(isKnown);
        }
    }

    public Task ReleaseLeaseAsync(string gateway, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_currentLeases.Remove(gateway, out Lease? held)) return Task.CompletedTask;
            _leases.Remove((gateway, held.Gateway.Started));
            RemoveConnectionsOf(held);
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<GatewayRecord>>(
                [.. _leases.Values.Where(IsAlive)
                    .Select(l => l.Gateway with { LeaseUntil = l.Until, Connections = _connections.Values.Count(c => c.Lease == l) })
                    .OrderBy(g => g.Id, StringComparer.Ordinal).ThenBy(g => g.Started)]);
        }
    }

    public IAsyncEnumerable<StateChange> WatchAsync(CancellationToken cancellationToken) =>
        _changes.ReadAsync(Task.CompletedTask, cancellationToken);

    public Task SendOrderAsync(GatewayOrder order, CancellationToken cancellationToken)
    {
        _changes.Publish(new StateChange(StateChangeKind.Order, Order: order));
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _changes.Close();
        return ValueTask.CompletedTask;
    }

    private bool IsAlive(Lease lease) => lease.Until > Now;

    private Lease LeaseOf(string gateway)
    {
        if (_currentLeases.TryGetValue(gateway, out Lease? held)) return held;
        held = new Lease { Gateway = new GatewayRecord(gateway, "", [], Now), Until = Now + UnregisteredLease };
        _leases[(gateway, held.Gateway.Started)] = held;
        _currentLeases[gateway] = held;
        return held;
    }

    /// <summary>Leases that ended long ago, with what they held: nothing shows them any more, but they cost memory.</summary>
    private void RemoveDead()
    {
        foreach (((string Id, DateTimeOffset) key, Lease lease) in _leases.Where(l => l.Value.Until < Now - TimeSpan.FromMinutes(5)).ToList())
        {
            _leases.Remove(key);
            if (_currentLeases.GetValueOrDefault(key.Id) == lease) _currentLeases.Remove(key.Id);
            RemoveConnectionsOf(lease);
        }
        RemoveExpired();
    }

    private void RemoveConnectionsOf(Lease lease)
    {
        foreach (string id in _connections.Where(c => c.Value.Lease == lease).Select(c => c.Key).ToList()) _connections.Remove(id);
    }

    private sealed class Lease
    {
        public GatewayRecord Gateway { get; set; } = null!;

        public DateTimeOffset Until { get; set; }
    }

    private readonly record struct Live(ConnectionRecord Record, Lease Lease);
}
