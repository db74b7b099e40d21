namespace SshGateway.Storage.State.Memory;

public sealed partial class MemoryStateStore
{
    private readonly Dictionary<(string User, string Service), (string Host, DateTimeOffset Until)> _recent = [];
    private readonly Dictionary<(string User, string Service), PersistRecord> _persisted = [];

    public Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            LoginDecision decision = Decide(request, isRegistered: false);
            Register(request, decision);
            return Task.FromResult(decision);
        }
    }

    public Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult(Decide(request, isRegistered: false));
    }

    public Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            LoginDecision decision = Decide(request, isRegistered: true);
            if (decision.Outcome != LoginOutcome.Chosen) _connections.Remove(request.Connection.Id);
            Register(request, decision);
            return Task.FromResult(decision);
        }
    }

    public Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (ConnectionRecord connection in connections) _connections[connection.Id] = new Live(connection, LeaseOf(connection.Gateway));
        }
        return Task.CompletedTask;
    }

    public Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_connections.Remove(connection, out Live live) || live.Record.Host.Length == 0) return Task.CompletedTask;
            ConnectionRecord record = live.Record;
            if (keyTtl > TimeSpan.Zero) _recent[(record.User, record.Service)] = (record.Host, Now + keyTtl);
            Persist(record.User, record.Service, record.Host, persist);
        }
        return Task.CompletedTask;
    }

    public Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach (TrafficSample sample in samples)
            {
                if (!_connections.TryGetValue(sample.Connection, out Live live) || live.Record.Gateway != gateway) continue;
                _connections[sample.Connection] = live with
                {
                    Record = live.Record with
                    {
                        BytesIn = sample.BytesIn,
                        BytesOut = sample.BytesOut,
                        BandwidthIn = sample.BandwidthIn,
                        BandwidthOut = sample.BandwidthOut,
                        LastActive = sample.LastActive,
                    },
                };
            }
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<ConnectionRecord>>(
                [.. LiveConnections().Order(Comparer<ConnectionRecord>.Create(ConnectionOrder.Compare))]);
        }
    }

    public Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<PersistRecord>>(
                [.. _persisted.Values.Where(p => p.Expires > Now)
                    .OrderBy(p => p.User, StringComparer.Ordinal).ThenBy(p => p.Service, StringComparer.Ordinal)]);
        }
    }

    public Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken cancellationToken)
    {
        int forgotten = 0;
        lock (_lock)
        {
            RemoveExpired();
            foreach (PersistRecord record in _persisted.Values.Where(filter.Matches).ToList())
                if (_persisted.Remove((record.User, record.Service))) forgotten++;
        }
        if (forgotten > 0) _changes.Publish(new StateChange(StateChangeKind.Persisted));
        return Task.FromResult(forgotten);
    }

    private IEnumerable<ConnectionRecord> LiveConnections() => _connections.Values.Where(c => IsAlive(c.Lease)).Select(c => c.Record);

    private void Register(LoginRequest request, LoginDecision decision)
    {
        if (decision.Outcome != LoginOutcome.Chosen) return;
        ConnectionRecord connection = request.Connection with { Host = decision.Host };
        _connections[connection.Id] = new Live(connection, LeaseOf(connection.Gateway));
        Persist(connection.User, connection.Service, connection.Host, request.Persist);
    }

    private void Persist(string user, string service, string host, TimeSpan persist)
    {
        if (persist > TimeSpan.Zero) _persisted[(user, service)] = new PersistRecord(user, service, host, Now + persist);
    }

    private LoginDecision Decide(LoginRequest request, bool isRegistered)
    {
        List<ConnectionRecord> others = [.. LiveConnections().Where(c => c.Id != request.Connection.Id)];
        List<ConnectionRecord> own = [.. others.Where(c => c.User == request.Connection.User)];
        ILookup<string, ConnectionRecord> byHost = others.ToLookup(c => c.Host);
        IEnumerable<Candidate> pool = request.Candidates.Distinct().Select((host, position) =>
        {
            HostRecord? known = _hosts.GetValueOrDefault(host);
            return new Candidate(
                host, position, known?.State, known?.CheckedAt ?? default,
                own.Count(c => c.Host == host), byHost[host].Count(),
                own.Where(c => c.Host == host).Sum(Bandwidth), byHost[host].Sum(Bandwidth));
        });
        return LoginChoice.Decide(request, pool, Sticky(request, own), own.Count, isRegistered, Now);
    }

    private StickyHosts Sticky(LoginRequest request, List<ConnectionRecord> own)
    {
        (string, string) key = (request.Connection.User, request.Connection.Service);
        return new StickyHosts(
            [.. own.Where(c => c.Service == request.Connection.Service && c.Host.Length > 0).OrderByDescending(c => c.Start).Select(c => c.Host).Distinct()],
            _recent.TryGetValue(key, out (string Host, DateTimeOffset Until) recent) && recent.Until > Now ? recent.Host : null,
            _persisted.TryGetValue(key, out PersistRecord? persisted) && persisted.Expires > Now ? persisted.Host : null);
    }

    private static long Bandwidth(ConnectionRecord connection) => connection.BandwidthIn + connection.BandwidthOut;

    private void RemoveExpired()
    {
        foreach ((string, string) key in _recent.Where(r => r.Value.Until <= Now).Select(r => r.Key).ToList()) _recent.Remove(key);
        foreach ((string, string) key in _persisted.Where(p => p.Value.Expires <= Now).Select(p => p.Key).ToList()) _persisted.Remove(key);
        foreach ((string, string) key in _shared.Where(s => s.Value.Expires <= Now).Select(s => s.Key).ToList()) _shared.Remove(key);
    }
}
