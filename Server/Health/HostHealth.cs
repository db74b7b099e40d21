using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SshGateway.Server.State;
using SshGateway.Storage.State;

namespace SshGateway.Server.Health;

/// <summary>
/// What is known of destination hosts, kept in memory and fresh by the store's changes, and what this gateway's own dials find out. The
/// dial is the check: nothing else is asked of a host.
/// </summary>
internal sealed class HostHealth
{
    /// <summary>A host that is up is written again after this, so that <c>show hosts</c> has a recent time, and not at each login.</summary>
    private static readonly TimeSpan LeastRefresh = TimeSpan.FromSeconds(5);

    private const int QueueLength = 4096;

    private readonly ConcurrentDictionary<string, HostRecord> _hosts = new(StringComparer.Ordinal);
    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<EventRecord> _tell;

    /// <param name="store">Where states are shared.</param>
    /// <param name="tell">Takes an event for each change of state.</param>
    /// <param name="time">Time of checks.</param>
    /// <param name="logger">Log.</param>
    public HostHealth(IStateStore store, Action<EventRecord> tell, TimeProvider time, ILogger logger)
    {
        _store = store;
        _tell = tell;
        _time = time;
        _logger = logger;
        Successes = new BatchWriter<string>("host checks", QueueLength, PutUpAsync, logger);
    }

    /// <summary>Hosts found up; nobody waits for that to be written.</summary>
    public BatchWriter<string> Successes { get; }

    public IReadOnlyCollection<HostRecord> Known => [.. _hosts.Values];

    public HostRecord? Find(string host) => _hosts.GetValueOrDefault(host);

    /// <summary>Found down less than that ago.</summary>
    public bool IsBelievedDown(string host, TimeSpan checkInterval) =>
        Find(host) is { State: HostState.Down } known && _time.GetUtcNow() - known.CheckedAt <= checkInterval;

    /// <summary>Reads all states again.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<HostRecord> hosts = await _store.GetHostsAsync(cancellationToken).ConfigureAwait(false);
        var names = new HashSet<string>(hosts.Count, StringComparer.Ordinal);
        foreach (HostRecord host in hosts)
        {
            names.Add(host.Host);
            _hosts[host.Host] = host;
        }

        foreach (string gone in _hosts.Keys.Where(name => !names.Contains(name))) _hosts.TryRemove(gone, out _);
    }

    /// <summary>The host finished a key exchange.</summary>
    public void ReportUp(string host, TimeSpan checkInterval)
    {
        TimeSpan refresh = checkInterval > LeastRefresh ? checkInterval : LeastRefresh;
        HostRecord? known = Find(host);
        if (known is { State: HostState.Up } && _time.GetUtcNow() - known.CheckedAt < refresh) return;
        Note(host, HostState.Up, "", known);
        Successes.Add(host);
    }

    /// <summary>The host failed: other logins are to know it when this returns. Never throws.</summary>
    public async Task ReportDownAsync(string host, string reason)
    {
        Note(host, HostState.Down, reason, Find(host));
        try
        {
            await _store.PutHostCheckAsync(host, isUp: false, reason, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StateStoreException e)
        {
            _logger.BatchLost("host checks", 1, e.Message);
        }
    }

    private void Note(string host, HostState state, string reason, HostRecord? before)
    {
        // What an operator has set stays.
        if (before?.State == HostState.Disabled) state = HostState.Disabled;
        _hosts[host] = (before ?? new HostRecord { Host = host, State = state, CheckedAt = default }) with { State = state, Reason = reason, CheckedAt = _time.GetUtcNow() };
        if (state == HostState.Disabled || before?.State == state || (before is null && state == HostState.Up)) return;
        if (state == HostState.Down) _logger.HostIsDown(host, reason);
        else _logger.HostIsUp(host);
        _tell(new EventRecord { Time = _time.GetUtcNow(), Kind = "host", Host = host, Message = state == HostState.Down ? $"down: {reason}" : "up again" });
    }

    private async Task PutUpAsync(IReadOnlyList<string> hosts, CancellationToken cancellationToken)
    {
        foreach (string host in hosts.Distinct(StringComparer.Ordinal))
        {
            // It may have failed since.
            if (Find(host)?.State != HostState.Down) await _store.PutHostCheckAsync(host, isUp: true, "", cancellationToken).ConfigureAwait(false);
        }
    }
}
