using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Health;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Resilience;

namespace SshGateway.Server.State;

/// <summary>
/// This gateway's part in the shared state: its lease, its connections and their traffic, what it finds out of hosts, events, and
/// the orders of operators. Live sessions never wait for any of it.
/// </summary>
internal sealed class GatewayState : IAsyncDisposable
{
    /// <summary>Events that wait to be written; more are dropped and counted.</summary>
    private const int EventQueueLength = 4096;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TrafficReporter _traffic;
    private readonly OrderDesk _orders;
    private readonly StateWatcher _watcher;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _tasks = [];
    private readonly PeriodicTimer _leaseTimer;
    private readonly PeriodicTimer _trafficTimer;
    private readonly PeriodicTimer _clockTimer;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private GatewayRecord _self;
    private TimeSpan _lease;

    /// <param name="store">The store; whoever opened it closes it.</param>
    /// <param name="gateway">Unique name of this gateway.</param>
    /// <param name="configuration">The configuration.</param>
    /// <param name="time">Time.</param>
    /// <param name="logger">Log.</param>
    public GatewayState(IStateStore store, string gateway, GatewayConfiguration configuration, TimeProvider time, ILogger logger)
    {
        Store = store;
        _lease = configuration.State.Lease;
        _leaseTimer = new PeriodicTimer(_lease / 3, time);
        _trafficTimer = new PeriodicTimer(StatsInterval(configuration), time);
        _clockTimer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        _time = time;
        _logger = logger;
        _self = new GatewayRecord(gateway, Commands.VersionCommand.Version, [], time.GetUtcNow());
        Events = new BatchWriter<EventRecord>("events", EventQueueLength, store.AddEventsAsync, logger);
        Hosts = new HostHealth(store, Tell, time, logger);
        Connections = new LiveConnections(store, logger);
        LearnedHostKeys = new LearnedHostKeys(store);
        _traffic = new TrafficReporter(store, gateway, Connections, time);
        _orders = new OrderDesk(Connections, logger);
        _watcher = new StateWatcher(store, Hosts, Connections, _orders, time);
    }

    public IStateStore Store { get; }

    public string Gateway => _self.Id;

    public HostHealth Hosts { get; }

    public LiveConnections Connections { get; }

    public BatchWriter<EventRecord> Events { get; }

    public OrderDesk Orders => _orders;

    public LearnedHostKeys LearnedHostKeys { get; }

    /// <summary>The error banner that an operator has set, while it is in force.</summary>
    public string? ErrorBanner => _watcher.Banner is { } banner && !(banner.Expires <= _time.GetUtcNow()) ? banner.Text : null;

    /// <summary>Tells of something that happened at this gateway.</summary>
    public void Tell(EventRecord happened) => Events.Add(happened with { Gateway = Gateway });

    /// <summary>Registers the gateway and begins to keep its state.</summary>
    public async Task StartAsync(IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // A reload may have been quicker, and knows better.
            if (_self.Addresses.Count == 0) _self = _self with { Addresses = addresses };
        }

        await RenewAsync(cancellationToken).ConfigureAwait(false);
        Run("the lease", () => RepeatAsync(_leaseTimer, RenewAsync));
        Run("traffic", () => RepeatAsync(_trafficTimer, _traffic.ReportAsync));
        Run("the clock", () => RepeatAsync(_clockTimer, TickAsync));
        Run("the watch", () => _watcher.RunAsync(_stopping.Token));
        // These end when they are told that nothing comes any more, so that what is left gets written.
        Run("events", () => Events.RunAsync(CancellationToken.None));
        Run("connection details", () => Connections.Details.RunAsync(CancellationToken.None));
        Run("host checks", () => Hosts.Successes.RunAsync(CancellationToken.None));
        Tell(new EventRecord { Time = _time.GetUtcNow(), Kind = "gateway", Message = $"started, version {_self.Version}" });
    }

    /// <summary>The configuration was loaded anew: all but the database itself is used from now on.</summary>
    public async Task ApplyAsync(GatewayConfiguration configuration, IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _self = _self with { Addresses = addresses };
            _lease = configuration.State.Lease;
        }

        _leaseTimer.Period = configuration.State.Lease / 3;
        _trafficTimer.Period = StatsInterval(configuration);
        if (Store is ResilientStateStore resilient)
            resilient.Apply(options => options with { Timeout = configuration.State.Timeout, IsMandatory = configuration.State.Mandatory });
        await RenewAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is left and gives up the lease, as far as there is time.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        Tell(new EventRecord { Time = _time.GetUtcNow(), Kind = "gateway", Message = "stopped" });
        await _stopping.CancelAsync().ConfigureAwait(false);
        Events.Complete();
        Connections.Details.Complete();
        Hosts.Successes.Complete();
        try
        {
            await Task.WhenAll(_tasks).WaitAsync(deadline).ConfigureAwait(false);
            await Store.ReleaseLeaseAsync(Gateway, deadline).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or StateStoreException)
        {
            // The lease runs out by itself.
        }
    }

    public ValueTask DisposeAsync()
    {
        _stopping.Dispose();
        _leaseTimer.Dispose();
        _trafficTimer.Dispose();
        _clockTimer.Dispose();
        _renewing.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>One write for the whole gateway, as often as the route that wants it most.</summary>
    private static TimeSpan StatsInterval(GatewayConfiguration configuration) =>
        configuration.AllRoutes.Select(route => route.StatsInterval).Where(interval => interval > TimeSpan.Zero).DefaultIfEmpty(TimeSpan.FromSeconds(5)).Min();

    private void Run(string what, Func<Task> run) => _tasks.Add(Task.Run(async () =>
    {
        try
        {
            await run().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (Exception e)
        {
            _logger.StateTaskFailed(e, what);
        }
    }));

    /// <summary>Does it again and again; a store that is away is noted, and everything goes on.</summary>
    private async Task RepeatAsync(PeriodicTimer timer, Func<CancellationToken, Task> act)
    {
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
        {
            try
            {
                await act(_stopping.Token).ConfigureAwait(false);
            }
            catch (StateStoreException)
            {
                // As above: it is tried again.
            }
        }
    }

    /// <summary>One at a time: what a reload has changed must not be overwritten by a heartbeat that was under way.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            GatewayRecord self;
            TimeSpan lease;
            lock (_lock) (self, lease) = (_self, _lease);
            bool wasKnown = await Store.RenewLeaseAsync(self, lease, cancellationToken).ConfigureAwait(false);
            if (!wasKnown && Connections.Count > 0)
            {
                _logger.RegisteredAgain(Connections.Count);
                await Connections.PutAllAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (StateStoreException)
        {
            // The store itself says so in the log; what is live is put again when it is back.
        }
        finally
        {
            _renewing.Release();
        }
    }

    private Task TickAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        foreach (HostRecord host in Hosts.Known)
        {
            if (host is { State: HostState.Disabled, Drain: { } drain } && drain.Until <= now) _orders.EndHost(host.Host, drain.Message);
        }

        return Task.CompletedTask;
    }
}
