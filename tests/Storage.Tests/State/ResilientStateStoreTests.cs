using System.Diagnostics;
using System.Diagnostics.Metrics;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using SshGateway.Storage.State.Resilience;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>While all is well it is a store like any other.</summary>
public sealed class ResilientStateStoreTests : StateStoreTests
{
    private readonly ManualTime _time = new();
    private MemoryStateStore? _store;

    protected override Task<IStateStore> OpenAsync()
    {
        _store ??= new MemoryStateStore(_time);
        // A loaded test machine is not an outage.
        return Task.FromResult<IStateStore>(
            new ResilientStateStore(new FaultyStateStore(_store), new ResilienceOptions { Timeout = Patience }, _time));
    }

    protected override Task AdvanceAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }
}

/// <summary>What a gateway's store does when the shared one has faults.</summary>
public sealed class StateOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 7, 15, 48, TimeSpan.Zero);
    private static readonly GatewayRecord Gateway = new("one", "0.1.0", [], Start);

    /// <summary>Longer than the default: a loaded test machine is not an outage.</summary>
    private static readonly ResilienceOptions Options = new() { Timeout = TimeSpan.FromSeconds(3) };

    private readonly MemoryStateStore _shared = new();
    private readonly FaultyStateStore _faulty;
    private readonly List<string?> _told = [];
    private readonly SemaphoreSlim _recovered = new(0);
    private ResilientStateStore _store;

    public StateOutageTests()
    {
        _faulty = new FaultyStateStore(_shared);
        _store = Create(Options);
    }

    public Task InitializeAsync() => _store.RenewLeaseAsync(Gateway, TimeSpan.FromMinutes(10), default);

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _shared.DisposeAsync();
        _recovered.Dispose();
    }

    [Theory]
    [InlineData(nameof(Fault.Fails))]
    [InlineData(nameof(Fault.Hangs))]
    public async Task A_login_gets_in_without_the_store_and_the_next_ones_do_not_even_ask(string fault)
    {
        _faulty.Fault = Enum.Parse<Fault>(fault);

        LoginDecision first = await _store.BeginConnectionAsync(Login("1"), default).WaitAsync(Patience);
        int calls = _faulty.Calls;
        LoginDecision second = await _store.BeginConnectionAsync(Login("2"), default);

        Assert.Equal((LoginOutcome.Chosen, "a:22"), (first.Outcome, first.Host));
        Assert.Equal((LoginOutcome.Chosen, ChoiceReason.StickyToLive, 1), (second.Outcome, second.Choice, second.UserConnections));
        Assert.False(_store.Status.IsAvailable);
        Assert.Equal(1, _store.Status.Outages);
        // Probes may have asked meanwhile, the login did not: its answer came from memory though the store hangs.
        Assert.InRange(calls, 2, int.MaxValue);
        Assert.Single(_told);
        Assert.NotNull(_told[0]);
    }

    [Fact]
    public async Task Logins_that_wait_go_on_as_soon_as_one_has_found_the_store_away()
    {
        await _store.DisposeAsync();
        _store = Create(new ResilienceOptions { Timeout = TimeSpan.FromMinutes(5) });
        await InitializeAsync();
        _faulty.Fault = Fault.Hangs;
        Task<LoginDecision> waiting = _store.BeginConnectionAsync(Login("1"), default);
        _faulty.Fault = Fault.Fails;

        await _store.BeginConnectionAsync(Login("2", "bob"), default);

        Assert.Equal(LoginOutcome.Chosen, (await waiting.WaitAsync(Patience)).Outcome);
    }

    [Fact]
    public async Task All_that_is_live_is_in_the_store_again_after_recovery()
    {
        await _store.BeginConnectionAsync(Login("1") with { Persist = TimeSpan.FromHours(1) }, default);
        await _store.BeginConnectionAsync(Login("2", "bob"), default);
        await _store.BeginConnectionAsync(Login("3", "carol"), default);
        _faulty.Fault = Fault.Fails;
        await _store.BeginConnectionAsync(Login("4", "dave"), default);
        await _store.PutTrafficAsync("one", [new TrafficSample("1", 10, 20, 1, 2, Start)], default);
        await _store.EndConnectionAsync("2", TimeSpan.FromHours(1), TimeSpan.Zero, default);
        await _store.BeginConnectionAsync(Login("5", "erin", "b:22"), default);
        await _store.EndConnectionAsync("5", TimeSpan.FromHours(1), TimeSpan.FromHours(2), default);
        await _store.PutHostCheckAsync("a:22", false, "refused", default);
        await _store.SetErrorBannerAsync(new ErrorBanner("sorry", null), default);
        await _store.PutSharedAsync("mfa", "alice", [1], TimeSpan.FromHours(1), default);
        await _store.AddEventsAsync([new EventRecord { Time = Start, Kind = "login" }, new EventRecord { Time = Start, Kind = "end" }], default);
        // The store forgot everything meanwhile, as after the loss of a disk.
        foreach (string id in new[] { "1", "3" }) await _shared.EndConnectionAsync(id, TimeSpan.Zero, TimeSpan.Zero, default);

        await RecoverAsync();

        Assert.Equal(["1", "3", "4"], (await _shared.GetConnectionsAsync(default)).Select(c => c.Id).Order());
        Assert.Equal(20, (await _shared.GetConnectionsAsync(default)).Single(c => c.Id == "1").BytesOut);
        Assert.Equal(("erin", "b:22"), (await _shared.GetPersistedAsync(default)).Where(p => p.User == "erin").Select(p => (p.User, p.Host)).Single());
        LoginDecision bob = await _shared.ProposeAsync(Login("9", "bob"), default);
        LoginDecision erin = await _shared.ProposeAsync(Login("9", "erin"), default);
        Assert.Equal((ChoiceReason.StickyToRecent, ChoiceReason.StickyToRecent, "b:22"), (bob.Choice, erin.Choice, erin.Host));
        Assert.Equal((HostState.Down, "refused"), (await _shared.GetHostsAsync(default)).Select(h => (h.State, h.Reason)).Single());
        Assert.Equal("sorry", (await _shared.GetErrorBannerAsync(default))!.Text);
        Assert.NotNull(await _shared.GetSharedAsync("mfa", "alice", default));
        Assert.Equal(2, (await _shared.GetEventsAsync(new EventFilter(), default)).Count);
        Assert.Equal((true, "", 0), (_store.Status.IsAvailable, _store.Status.Problem, _store.Status.Waiting));
    }

    [Fact]
    public async Task What_the_store_registered_too_late_does_not_stay()
    {
        _faulty.Fault = Fault.ActsAndHangs;
        LoginDecision refused = await _store.BeginConnectionAsync(Login("1") with { Candidates = [] }, default);
        await Assert.ThrowsAsync<StateStoreException>(() => _store.BeginConnectionAsync(Login("2") with { IsMandatory = true }, default));
        await _shared.PutConnectionsAsync([Login("1").Connection, Login("2").Connection], default);
        Assert.Equal(LoginOutcome.NoHost, refused.Outcome);

        await RecoverAsync();

        Assert.Empty(await _shared.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task A_client_that_goes_away_during_its_login_leaves_nothing_behind()
    {
        using var gone = new CancellationTokenSource();
        LoginRequest request = Login("1") with
        {
            Rank = candidates =>
            {
                gone.Cancel();
                return candidates;
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.BeginConnectionAsync(request, gone.Token));

        Assert.Empty(await _shared.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task What_the_store_does_after_its_recovery_of_what_it_was_asked_before_is_put_right()
    {
        _faulty.Fault = Fault.Hangs;
        await Assert.ThrowsAsync<StateStoreException>(() => _store.BeginConnectionAsync(Login("1") with { IsMandatory = true }, default));
        await _store.BeginConnectionAsync(Login("2"), default);
        await RecoverAsync();

        await _shared.PutConnectionsAsync([Login("1").Connection with { Host = "a:22" }, Login("2").Connection with { Host = "b:22" }], default);

        await EventuallyAsync(async () =>
            (await _shared.GetConnectionsAsync(default)).Select(c => (c.Id, c.Host)).SequenceEqual([("2", "a:22")]));
    }

    [Fact]
    public async Task A_mandatory_store_that_is_away_refuses_logins_and_nothing_else()
    {
        await _store.DisposeAsync();
        _store = Create(Options with { IsMandatory = true });
        await InitializeAsync();
        await _store.BeginConnectionAsync(Login("1"), default);
        _faulty.Fault = Fault.Fails;

        StateStoreException first = await Assert.ThrowsAsync<StateStoreException>(() => _store.BeginConnectionAsync(Login("2"), default));
        StateStoreException second = await Assert.ThrowsAsync<StateStoreException>(() => _store.ChooseAgainAsync(Login("1"), default));
        await _store.EndConnectionAsync("1", TimeSpan.Zero, TimeSpan.Zero, default);

        Assert.Equal("no logins while the state store is away (faulty: down)", first.Message);
        Assert.Equal(first.Message, second.Message);
        await RecoverAsync();
        Assert.Empty(await _shared.GetConnectionsAsync(default));
        Assert.Equal(LoginOutcome.Chosen, (await _store.BeginConnectionAsync(Login("3"), default)).Outcome);
    }

    [Fact]
    public async Task One_login_may_need_the_store_where_others_do_not()
    {
        _faulty.Fault = Fault.Fails;
        await Assert.ThrowsAsync<StateStoreException>(() => _store.BeginConnectionAsync(Login("1") with { IsMandatory = true }, default));
        Assert.Equal(LoginOutcome.Chosen, (await _store.BeginConnectionAsync(Login("2"), default)).Outcome);
    }

    [Fact]
    public async Task Values_that_the_store_refuses_are_no_outage()
    {
        _faulty.Fault = Fault.Refuses;
        LoginDecision decision = await _store.BeginConnectionAsync(Login("1"), default);

        Assert.Equal(LoginOutcome.Chosen, decision.Outcome);
        Assert.True(_store.Status.IsAvailable);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Hosts_that_were_disabled_before_the_outage_stay_so_in_it()
    {
        await using var watch = await WatchedChanges.StartAsync(_store);
        await _shared.SetHostStateAsync("a:22", HostState.Disabled, null, default);
        await watch.NextAsync(StateChangeKind.Hosts);

        // Memory learns of it in the background.
        await EventuallyAsync(async () =>
        {
            _faulty.Fault = Fault.Fails;
            LoginDecision decision = await _store.ProposeAsync(Login("1"), default);
            await RecoverAsync();
            return decision.Order.SequenceEqual(["b:22"]);
        });
    }

    [Fact]
    public async Task Whoever_watches_sees_local_changes_during_the_outage_and_a_resync_after_it()
    {
        await using var watch = await WatchedChanges.StartAsync(_store);
        _faulty.Fault = Fault.Fails;
        await _store.BeginConnectionAsync(Login("1"), default);

        await _store.SendOrderAsync(new GatewayOrder(OrderKind.Kill, User: "alice"), default);
        Assert.Equal("alice", (await watch.NextAsync(StateChangeKind.Order)).Order!.User);
        await RecoverAsync();
        await watch.NextAsync(StateChangeKind.Resync);
    }

    [Fact]
    public async Task A_gateway_whose_lease_was_forgotten_puts_its_connections_again()
    {
        await _store.BeginConnectionAsync(Login("1"), default);
        await _shared.ReleaseLeaseAsync("one", default);
        Assert.Empty(await _shared.GetConnectionsAsync(default));

        await _store.RenewLeaseAsync(Gateway, TimeSpan.FromMinutes(10), default);

        await EventuallyAsync(async () => (await _shared.GetConnectionsAsync(default)).Count == 1);
    }

    [Fact]
    public async Task A_value_that_was_added_before_the_outage_is_known_in_it_and_one_of_the_outage_gives_way_to_the_stores()
    {
        Assert.Equal([1], await _store.AddSharedAsync("known_hosts", "a", [1], default));
        _faulty.Fault = Fault.Fails;
        Assert.Equal([1], await _store.AddSharedAsync("known_hosts", "a", [2], default));
        Assert.Equal([3], await _store.AddSharedAsync("known_hosts", "b", [3], default));
        await _shared.AddSharedAsync("known_hosts", "b", [4], default);
        await RecoverAsync();

        Assert.Equal([1], await _shared.GetSharedAsync("known_hosts", "a", default));
        Assert.Equal([4], await _store.AddSharedAsync("known_hosts", "b", [3], default));
    }

    [Fact]
    public async Task Latency_by_operation_and_the_breaker_are_measured()
    {
        var took = new System.Collections.Concurrent.ConcurrentBag<string>();
        int open = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == StateMetrics.MeterName) l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            Assert.Equal(("sshgateway.state.latency", "s"), (instrument.Name, instrument.Unit));
            Assert.InRange(seconds, 0, Patience.TotalSeconds);
            took.Add((string)tags[0].Value!);
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) =>
        {
            if (instrument.Name == "sshgateway.state.breaker") Interlocked.Add(ref open, value);
        });
        listener.Start();
        _faulty.Fault = Fault.Fails;

        await _store.BeginConnectionAsync(Login("1"), default);

        Assert.Contains("BeginConnection", took);
        // Other stores of this process may be away as well.
        listener.RecordObservableInstruments();
        Assert.InRange(open, 1, int.MaxValue);
    }

    [Fact]
    public async Task Another_timeout_holds_from_the_next_call_on()
    {
        _store.Apply(options => options with { Timeout = TimeSpan.FromMilliseconds(1234) });
        _faulty.Fault = Fault.Hangs;

        await _store.BeginConnectionAsync(Login("1"), default).WaitAsync(Patience);

        Assert.Contains("no answer within 1234 ms", _store.Status.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_at_the_start_is_no_error()
    {
        await _store.DisposeAsync();
        _faulty.Fault = Fault.Fails;
        _store = Create(Options);

        await _store.StartAsync(TimeSpan.FromSeconds(5), default);

        Assert.Equal((false, "faulty: down"), (_store.Status.IsAvailable, _store.Status.Problem));
    }

    private ResilientStateStore Create(ResilienceOptions options)
    {
        return new ResilientStateStore(
            _faulty,
            options with { ProbeInterval = TimeSpan.FromMilliseconds(100), AvailabilityChanged = Told });

        void Told(string? problem)
        {
            lock (_told) _told.Add(problem);
            if (problem is null) _recovered.Release();
        }
    }

    private async Task RecoverAsync()
    {
        _faulty.Fault = Fault.None;
        Assert.True(await _recovered.WaitAsync(Patience));
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience);
            await Task.Delay(20);
        }
    }

    private static LoginRequest Login(string id, string user = "alice", params string[] pool) => new()
    {
        Connection = new ConnectionRecord
        {
            Id = id,
            Gateway = "one",
            User = user,
            Service = "login",
            Client = "192.0.2.1:4711",
            From = "127.0.0.1:22",
            Start = Start,
        },
        Candidates = pool.Length > 0 ? pool : ["a:22", "b:22"],
        IsSticky = true,
        Rank = candidates => candidates,
    };
}
