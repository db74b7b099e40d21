namespace SshGateway.Storage.State;

/// <summary>
/// What gateways share: who is connected where, which hosts are up, who chose what last. Hosts are named <c>host:port</c> everywhere.
/// </summary>
/// <remarks>
/// All methods may be called from any thread. A store that cannot be reached throws <see cref="StateStoreException"/>; nothing else
/// escapes but <see cref="OperationCanceledException"/>.
/// </remarks>
public interface IStateStore : IAsyncDisposable
{
    // Gateways and their leases

    /// <summary>
    /// Registers a gateway, or renews its lease. Its connections count only while the lease lives, by the store's own clock. A gateway that
    /// was started anew (another <see cref="GatewayRecord.Started"/>) has a lease of its own; that of the process before it runs out by itself.
    /// A connection of a gateway that never registered gives it a lease of 15 s.
    /// </summary>
    /// <returns>False when the gateway was not known, or not any more: what it had is gone, and it has to put its connections again.</returns>
    Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>An orderly end: the gateway and whatever it still holds are gone at once.</summary>
    Task ReleaseLeaseAsync(string gateway, CancellationToken cancellationToken);

    Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken cancellationToken);

    // Connections

    /// <summary>
    /// One login, as one transaction under a lock on its user: limit, stickiness, choice and registration. The connection counts from here on,
    /// if a host was chosen.
    /// </summary>
    Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken cancellationToken);

    /// <summary>What <see cref="BeginConnectionAsync"/> would decide now, without registering anything.</summary>
    Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Another decision for a connection that is registered already (its host failed, see <see cref="LoginRequest.Excluded"/>); the limit is
    /// not asked again. When no host is left the connection is not registered any more.
    /// </summary>
    Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken cancellationToken);

    /// <summary>Adds or replaces connections as they are: details learned after the login, or everything live after an outage.</summary>
    Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken cancellationToken);

    /// <summary>The connection has ended (no matter whether it is known); its host is remembered for <paramref name="keyTtl"/>, and for <paramref name="persist"/> as the persisted choice.</summary>
    Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken cancellationToken);

    /// <summary>Byte totals and bandwidth of a gateway's connections, in one statement.</summary>
    Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken cancellationToken);

    /// <summary>Live connections, sorted by user, service, start.</summary>
    Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken cancellationToken);

    /// <summary>The same, perhaps without <see cref="ConnectionRecord.Details"/>, which are most of the bytes.</summary>
    Task<IReadOnlyList<ConnectionRecord>> GetBareConnectionsAsync(CancellationToken cancellationToken) => GetConnectionsAsync(cancellationToken);

    // Hosts

    /// <summary>State of each host that was ever checked or set, with its live connections, sorted by name.</summary>
    Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken cancellationToken);

    /// <summary>What a check found. Never changes a disabled host's state, only the time of its check.</summary>
    Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken cancellationToken);

    /// <summary>What an operator wants: the state of a host, known or not; with <see cref="HostState.Disabled"/> perhaps a drain.</summary>
    Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken cancellationToken);

    /// <summary>Forgets what is known of the host; true when something was.</summary>
    Task<bool> ForgetHostAsync(string host, CancellationToken cancellationToken);

    // Persisted choices

    Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken cancellationToken);

    /// <summary>Forgets persisted choices that match every part given; returns how many.</summary>
    Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken cancellationToken);

    // Error banner

    /// <summary>The banner in force; null when there is none or it has expired.</summary>
    Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken cancellationToken);

    /// <param name="banner">Null removes it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken cancellationToken);

    // Events, and orders to gateways

    Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken cancellationToken);

    /// <summary>Events, newest first.</summary>
    Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken);

    /// <summary>Tells all gateways to do something now (kill a session, tell users of a drain).</summary>
    Task SendOrderAsync(GatewayOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Everything that changes from now on, here or elsewhere, within 100 ms of the change. Begins with <see cref="StateChangeKind.Resync"/>
    /// once it listens, yields that again after an outage, and ends only by cancellation or with the store.
    /// </summary>
    IAsyncEnumerable<StateChange> WatchAsync(CancellationToken cancellationToken);

    // Recordings

    Task PutRecordingAsync(RecordingRecord recording, CancellationToken cancellationToken);

    /// <summary>Recordings, newest first.</summary>
    Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken cancellationToken);

    Task RemoveRecordingAsync(string recording, CancellationToken cancellationToken);

    // Small values that gateways share: learned host keys, second factors passed

    /// <summary>A value that has not expired, or null.</summary>
    Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken cancellationToken);

    /// <summary>All keys and values of an area, sorted by key.</summary>
    Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken cancellationToken);

    /// <summary>
    /// The value of a key that has one; else the value given, which the key has from now on and for ever. Of several who add at once
    /// one wins, and all get its value.
    /// </summary>
    Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken cancellationToken);

    /// <param name="area">Namespace, such as <c>known_hosts</c>.</param>
    /// <param name="key">Key within it.</param>
    /// <param name="value">Null removes.</param>
    /// <param name="ttl">Null: for ever.</param>
    /// <param name="cancellationToken">Cancels.</param>
    Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken cancellationToken);
}

/// <summary>The state store cannot be used. The message is one line, without secrets, and says why.</summary>
public sealed class StateStoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>False when it was about this call's values only, so that other calls may well succeed.</summary>
    public bool IsOutage { get; init; } = true;
}
