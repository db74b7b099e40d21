using System.Runtime.CompilerServices;
using SshGateway.Storage.State;

namespace SshGateway.Storage.Tests.State;

internal enum Fault
{
    None,
    Fails,

    /// <summary>Never answers and does not heed its cancellation.</summary>
    Hangs,

    /// <summary>Does what it is told and never says so.</summary>
    ActsAndHangs,

    /// <summary>Refuses the values.</summary>
    Refuses,
}

/// <summary>A store that has faults on demand.</summary>
internal sealed class FaultyStateStore(IStateStore store) : IStateStore
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private int _calls;
    private int _logins;

    public volatile Fault Fault;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Logins that asked.</summary>
    public int Logins => Volatile.Read(ref _logins);

    public Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken t) => Do(() => store.RenewLeaseAsync(gateway, lease, t));

    public Task ReleaseLeaseAsync(string gateway, CancellationToken t) => Do(() => store.ReleaseLeaseAsync(gateway, t));

    public Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken t) => Do(() => store.GetGatewaysAsync(t));

    public Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken t)
    {
        Interlocked.Increment(ref _logins);
        return Do(() => store.BeginConnectionAsync(request, t));
    }

    public Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken t) => Do(() => store.ProposeAsync(request, t));

    public Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken t) => Do(() => store.ChooseAgainAsync(request, t));

    public Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken t) => Do(() => store.PutConnectionsAsync(connections, t));

    public Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken t) =>
        Do(() => store.EndConnectionAsync(connection, keyTtl, persist, t));

    public Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken t) => Do(() => store.PutTrafficAsync(gateway, samples, t));

    public Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken t) => Do(() => store.GetConnectionsAsync(t));

    public Task<IReadOnlyList<ConnectionRecord>> GetBareConnectionsAsync(CancellationToken t) => Do(() => store.GetBareConnectionsAsync(t));

    public Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken t) => Do(() => store.GetHostsAsync(t));

    public Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken t) => Do(() => store.PutHostCheckAsync(host, isUp, reason, t));

    public Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken t) => Do(() => store.SetHostStateAsync(host, state, drain, t));

    public Task<bool> ForgetHostAsync(string host, CancellationToken t) => Do(() => store.ForgetHostAsync(host, t));

    public Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken t) => Do(() => store.GetPersistedAsync(t));

    public Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken t) => Do(() => store.ForgetPersistedAsync(filter, t));

    public Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken t) => Do(() => store.GetErrorBannerAsync(t));

    public Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken t) => Do(() => store.SetErrorBannerAsync(banner, t));

    public Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken t) => Do(() => store.AddEventsAsync(events, t));

    public Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken t) => Do(() => store.GetEventsAsync(filter, t));

    public Task SendOrderAsync(GatewayOrder order, CancellationToken t) => Do(() => store.SendOrderAsync(order, t));

    public async IAsyncEnumerable<StateChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StateChange change in store.WatchAsync(cancellationToken)) yield return change;
    }

    public Task PutRecordingAsync(RecordingRecord recording, CancellationToken t) => Do(() => store.PutRecordingAsync(recording, t));

    public Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken t) => Do(() => store.GetRecordingsAsync(filter, t));

    public Task RemoveRecordingAsync(string recording, CancellationToken t) => Do(() => store.RemoveRecordingAsync(recording, t));

    public Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken t) => Do(() => store.GetSharedAsync(area, key, t));

    public Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken t) => Do(() => store.ListSharedAsync(area, t));

    public Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken t) => Do(() => store.AddSharedAsync(area, key, value, t));

    public Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken t) => Do(() => store.PutSharedAsync(area, key, value, ttl, t));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // whoever made the store disposes it

    private async Task Do(Func<Task> call) => await Do(async () =>
    {
        await call();
        return true;
    });

    private async Task<T> Do<T>(Func<Task<T>> call)
    {
        Interlocked.Increment(ref _calls);
        switch (Fault)
        {
            case Fault.Fails: throw new StateStoreException("faulty: down");
            case Fault.Refuses: throw new StateStoreException("faulty: not this value") { IsOutage = false };
            case Fault.Hangs: await Never; break;
            case Fault.ActsAndHangs:
                await call();
                await Never;
                break;
            default: break;
        }
        return await call();
    }
}
