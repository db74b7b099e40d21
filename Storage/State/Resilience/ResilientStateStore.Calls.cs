using System.Runtime.CompilerServices;

namespace SshGateway.Storage.State.Resilience;

public sealed partial class ResilientStateStore
{
    public Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken cancellationToken) =>
        LoginAsync(request, (s, t) => s.BeginConnectionAsync(request, t), m => m.BeginConnectionAsync(request, cancellationToken), cancellationToken);

    public Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken cancellationToken) =>
        LoginAsync(request, (s, t) => s.ChooseAgainAsync(request, t), m => m.ChooseAgainAsync(request, cancellationToken), cancellationToken);

    public Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken cancellationToken) =>
        RunAsync(
            (s, t) => s.ProposeAsync(request, t), null,
            e => NeedsStore(request) ? throw Refusal(e) : _memory.ProposeAsync(request, cancellationToken), cancellationToken);

    public Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken)
    {
        bool isRenewal;
        lock (_lock)
        {
            isRenewal = _lease is { } held && (held.Gateway.Id, held.Gateway.Started) == (gateway.Id, gateway.Started);
            _lease = (gateway, lease);
        }
        return RunAsync(
            (s, t) => s.RenewLeaseAsync(gateway, lease, t),
            async wasKnown =>
            {
                await _memory.RenewLeaseAsync(gateway, lease, cancellationToken);
                if (wasKnown || !isRenewal) return;
                await NoteLiveAsync();
                Wake();
            },
            async _ =>
            {
                await _memory.RenewLeaseAsync(gateway, lease, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    public Task ReleaseLeaseAsync(string gateway, CancellationToken cancellationToken)
    {
        lock (_lock) _lease = null;
        return RunAsync(
            async (s, t) =>
            {
                await s.ReleaseLeaseAsync(gateway, t);
                return true;
            },
            _ => _memory.ReleaseLeaseAsync(gateway, cancellationToken),
            async _ =>
            {
                await _memory.ReleaseLeaseAsync(gateway, cancellationToken);
                return false;
            },
            cancellationToken);
    }

    public Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken cancellationToken) =>
        WriteAsync((s, t) => s.PutConnectionsAsync(connections, t), () =>
        {
            foreach (ConnectionRecord connection in connections) _journal.Touch(connection.Id);
        }, cancellationToken);

    /// <summary>
    /// Not cancelled: what was not told would count for ever. Memory is told first, so that a write-back that runs at the same time sees
    /// that it has put something that has ended.
    /// </summary>
    public async Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken cancellationToken)
    {
        ConnectionRecord? known = _memory.Find([connection]) is [var found, ..] ? found : null;
        await _memory.EndConnectionAsync(connection, keyTtl, persist, CancellationToken.None);
        await RunAsync(
            async (s, t) =>
            {
                await s.EndConnectionAsync(connection, keyTtl, persist, t);
                return true;
            },
            null,
            _ =>
            {
                _journal.End(connection, known, keyTtl, persist);
                Wake();
                return Task.FromResult(false);
            },
            CancellationToken.None);
    }

    /// <summary>Not written back: the next interval brings newer figures, and the connections themselves carry the totals.</summary>
    public Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken cancellationToken) =>
        WriteAsync((s, t) => s.PutTrafficAsync(gateway, samples, t), () => { }, cancellationToken, ListPatience);

    public Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.PutHostCheckAsync(host, isUp, reason, t),
            () => _journal.Write("check " + host, (s, t) => s.PutHostCheckAsync(host, isUp, reason, t)), cancellationToken);

    public Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.SetHostStateAsync(host, state, drain, t),
            () => _journal.Write("host " + host, (s, t) => s.SetHostStateAsync(host, state, drain, t)), cancellationToken);

    public Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.SetErrorBannerAsync(banner, t), () => _journal.Write("banner", (s, t) => s.SetErrorBannerAsync(banner, t)), cancellationToken);

    public Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken cancellationToken) =>
        WriteAsync((s, t) => s.AddEventsAsync(events, t), () => _journal.Add(events), cancellationToken);

    /// <summary>Without the store an order reaches this gateway only.</summary>
    public Task SendOrderAsync(GatewayOrder order, CancellationToken cancellationToken) =>
        WriteAsync((s, t) => s.SendOrderAsync(order, t), () => { }, cancellationToken);

    public Task PutRecordingAsync(RecordingRecord recording, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.PutRecordingAsync(recording, t),
            () => _journal.Write("recording " + recording.Id, (s, t) => s.PutRecordingAsync(recording, t)), cancellationToken);

    public Task RemoveRecordingAsync(string recording, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.RemoveRecordingAsync(recording, t),
            () => _journal.Write("recording " + recording, (s, t) => s.RemoveRecordingAsync(recording, t)), cancellationToken);

    public Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken cancellationToken) =>
        WriteAsync(
            (s, t) => s.PutSharedAsync(area, key, value, ttl, t),
            () => _journal.Write($"shared {area}/{key}", (s, t) => s.PutSharedAsync(area, key, value, ttl, t)), cancellationToken);

    /// <summary>What the store has said is remembered: a value that stays for ever is the same while the store is away.</summary>
    public Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken cancellationToken) =>
        RunAsync(
            (s, t) => s.AddSharedAsync(area, key, value, t),
            held => _memory.PutSharedAsync(area, key, held, null, cancellationToken),
            _ =>
            {
                _journal.Write($"shared {area}/{key}", (s, t) => s.AddSharedAsync(area, key, value, t));
                Wake();
                return _memory.AddSharedAsync(area, key, value, cancellationToken);
            },
            cancellationToken);

    public Task<bool> ForgetHostAsync(string host, CancellationToken cancellationToken) =>
        RunAsync(
            (s, t) => s.ForgetHostAsync(host, t),
            _ => _memory.ForgetHostAsync(host, cancellationToken),
            _ =>
            {
                _journal.Write("host " + host, (s, t) => s.ForgetHostAsync(host, t));
                return _memory.ForgetHostAsync(host, cancellationToken);
            },
            cancellationToken);

    public Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken cancellationToken) =>
        RunAsync(
            (s, t) => s.ForgetPersistedAsync(filter, t),
            _ => _memory.ForgetPersistedAsync(filter, cancellationToken),
            _ =>
            {
                _journal.Write($"persisted {filter}", (s, t) => s.ForgetPersistedAsync(filter, t));
                return _memory.ForgetPersistedAsync(filter, cancellationToken);
            },
            cancellationToken);

    public Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetGatewaysAsync(t), cancellationToken, ListPatience);

    public Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetConnectionsAsync(t), cancellationToken, ListPatience);

    public Task<IReadOnlyList<ConnectionRecord>> GetBareConnectionsAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetBareConnectionsAsync(t), cancellationToken, ListPatience);

    public Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetHostsAsync(t), cancellationToken, ListPatience);

    public Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetPersistedAsync(t), cancellationToken, ListPatience);

    public Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetErrorBannerAsync(t), cancellationToken);

    public Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetEventsAsync(filter, t), cancellationToken, ListPatience);

    public Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetRecordingsAsync(filter, t), cancellationToken, ListPatience);

    public Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.GetSharedAsync(area, key, t), cancellationToken);

    public Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken cancellationToken) =>
        ReadAsync((s, t) => s.ListSharedAsync(area, t), cancellationToken, ListPatience);

    /// <summary>A client that goes away does not cancel it: whether the store has registered the connection would not be known.</summary>
    private async Task<LoginDecision> LoginAsync(
        LoginRequest request, Func<IStateStore, CancellationToken, Task<LoginDecision>> ask, Func<IStateStore, Task<LoginDecision>> decide,
        CancellationToken cancellationToken, [CallerMemberName] string operation = "")
    {
        cancellationToken.ThrowIfCancellationRequested();
        ConnectionRecord login = request.Connection;
        // Waiting for other logins of this user is no fault of the store: its time begins when it is this one's turn.
        using KeyedLock.Holder turn = await _users.EnterAsync(login.User, CancellationToken.None);
        LoginDecision answer = await RunAsync(
            ask,
            decision => decision.Outcome == LoginOutcome.Chosen
                ? _memory.RegisterAsync(request, decision)
                : _memory.EndConnectionAsync(login.Id, TimeSpan.Zero, TimeSpan.Zero, CancellationToken.None),
            async e =>
            {
                // The store may have registered it, only too late.
                if (NeedsStore(request))
                {
                    Undo(login.Id);
                    throw Refusal(e);
                }
                LoginDecision decision = await decide(_memory);
                if (decision.Outcome == LoginOutcome.Chosen) _journal.Touch(login.Id);
                else Undo(login.Id);
                Wake();
                return decision;
            },
            CancellationToken.None, operation: operation);
        if (!cancellationToken.IsCancellationRequested) return answer;
        if (answer.Outcome == LoginOutcome.Chosen) await EndConnectionAsync(login.Id, TimeSpan.Zero, TimeSpan.Zero, CancellationToken.None);
        throw new OperationCanceledException(cancellationToken);
    }

    private void Undo(string connection)
    {
        _undone.Enqueue(connection);
        _journal.End(connection, null, TimeSpan.Zero, TimeSpan.Zero);
        Wake();
    }

    private bool NeedsStore(LoginRequest request) => Volatile.Read(ref _options).IsMandatory || request.IsMandatory;

    private static StateStoreException Refusal(StateStoreException reason) => new($"no logins while the state store is away ({reason.Message})", reason);

    /// <summary>Written to memory in any case.</summary>
    private Task<bool> WriteAsync(Func<IStateStore, CancellationToken, Task> write, Action note, CancellationToken cancellationToken, int patience = 1, [CallerMemberName] string operation = "") =>
        RunAsync(
            async (s, t) =>
            {
                await write(s, t);
                return true;
            },
            _ => write(_memory, cancellationToken),
            async _ =>
            {
                await write(_memory, cancellationToken);
                note();
                Wake();
                return false;
            },
            cancellationToken, patience, operation);

    private Task<T> ReadAsync<T>(
        Func<IStateStore, CancellationToken, Task<T>> read, CancellationToken cancellationToken, int patience = 1, [CallerMemberName] string operation = "") =>
        RunAsync(read, null, _ => read(_memory, cancellationToken), cancellationToken, patience, operation);
}
