namespace SshGateway.Storage.State.Memory;

public sealed partial class MemoryStateStore
{
    private readonly Dictionary<string, HostRecord> _hosts = [];
    private ErrorBanner? _banner;

    public Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ILookup<string, ConnectionRecord> byHost = LiveConnections().ToLookup(c => c.Host);
            ILookup<string, PersistRecord> persisted = _persisted.Values.Where(p => p.Expires > Now).ToLookup(p => p.Host);
            return Task.FromResult<IReadOnlyList<HostRecord>>(
                [.. _hosts.Values.OrderBy(h => h.Host, StringComparer.Ordinal).Select(h => h with
                {
                    Connections = byHost[h.Host].Count(),
                    BandwidthIn = byHost[h.Host].Sum(c => c.BandwidthIn),
                    BandwidthOut = byHost[h.Host].Sum(c => c.BandwidthOut),
                    Persisted = persisted[h.Host].Count(),
                })]);
        }
    }

    public Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken cancellationToken)
    {
        bool isNews;
        lock (_lock)
        {
            HostRecord? known = _hosts.GetValueOrDefault(host);
            HostState state = isUp ? HostState.Up : HostState.Down;
            isNews = known is null || (known.State != HostState.Disabled && (known.State != state || known.Reason != reason));
            _hosts[host] = known is { State: HostState.Disabled }
                ? known with { CheckedAt = Now }
                : new HostRecord { Host = host, State = state, CheckedAt = Now, Reason = isUp ? "" : reason };
        }
        if (isNews) _changes.Publish(new StateChange(StateChangeKind.Hosts, host));
        return Task.CompletedTask;
    }

    public Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _hosts[host] = new HostRecord
            {
                Host = host,
                State = state,
                CheckedAt = Now,
                Drain = state == HostState.Disabled ? drain : null,
            };
        }
        _changes.Publish(new StateChange(StateChangeKind.Hosts, host));
        return Task.CompletedTask;
    }

    public Task<bool> ForgetHostAsync(string host, CancellationToken cancellationToken)
    {
        bool wasKnown;
        lock (_lock) wasKnown = _hosts.Remove(host);
        if (wasKnown) _changes.Publish(new StateChange(StateChangeKind.Hosts, host));
        return Task.FromResult(wasKnown);
    }

    public Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(_banner is { } banner && (banner.Expires ?? DateTimeOffset.MaxValue) > Now ? banner : null);
    }

    public Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken cancellationToken)
    {
        lock (_lock) _banner = banner;
        _changes.Publish(new StateChange(StateChangeKind.Banner));
        return Task.CompletedTask;
    }
}
