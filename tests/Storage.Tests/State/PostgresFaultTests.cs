using SshGateway.Storage.State;
using SshGateway.Storage.State.Postgres;
using SshGateway.Storage.State.Resilience;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>A gateway and its PostgreSQL, which stops, hangs, or cuts connections.</summary>
[Collection(nameof(PostgresCluster))]
public sealed class PostgresFaultTests(PostgresCluster cluster) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly GatewayRecord Gateway = new("one", "0.1.0", [], new DateTimeOffset(2026, 11, 22, 7, 15, 48, TimeSpan.Zero));

    private readonly SemaphoreSlim _recovered = new(0);
    private string _database = "";
    private ResilientStateStore _store = null!;
    private PostgresStateStore _inner = null!;
    private FaultyStateStore _counting = null!;
    private PostgresStateStore _observer = null!;

    public async Task InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync();
        _observer = new PostgresStateStore(cluster.ConnectionString(_database));
        _inner = new PostgresStateStore(cluster.ConnectionString(_database));
        _counting = new FaultyStateStore(_inner);
        _store = Create(_counting);
        await _store.StartAsync(Patience, default);
        await _store.RenewLeaseAsync(Gateway, TimeSpan.FromMinutes(10), default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _inner.DisposeAsync();
        await _observer.DisposeAsync();
        _recovered.Dispose();
    }

    [Fact]
    public async Task A_restart_of_the_database_loses_nobody()
    {
        await _store.BeginConnectionAsync(Login("1"), default);
        await cluster.StopAsync();
        LoginDecision during;
        try
        {
            during = await _store.BeginConnectionAsync(Login("2"), default).WaitAsync(Patience);
            Assert.False(_store.Status.IsAvailable);
            await _store.EndConnectionAsync("1", TimeSpan.Zero, TimeSpan.Zero, default);
        }
        finally
        {
            await cluster.StartAsync();
        }
        Assert.True(await _recovered.WaitAsync(Patience));

        Assert.Equal((LoginOutcome.Chosen, ChoiceReason.StickyToLive, 1), (during.Outcome, during.Choice, during.UserConnections));
        Assert.Equal(["2"], (await _observer.GetConnectionsAsync(default)).Select(c => c.Id));
    }

    [Fact]
    public async Task A_database_that_hangs_for_twenty_seconds_delays_one_login_and_no_other()
    {
        await _store.BeginConnectionAsync(Login("01"), default);
        await cluster.FreezeAsync();
        int login = 1;
        try
        {
            Assert.Equal(LoginOutcome.Chosen, (await _store.BeginConnectionAsync(Login($"{++login:00}"), default).WaitAsync(Patience)).Outcome);
            Assert.False(_store.Status.IsAvailable);
            Assert.Contains("no answer", _store.Status.Problem, StringComparison.Ordinal);
            int asked = _counting.Logins;
            // The twenty seconds are the fault itself.
            using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(login, (await _store.BeginConnectionAsync(Login($"{++login:00}"), default).WaitAsync(Patience)).UserConnections);
                await second.WaitForNextTickAsync();
            }
            await _store.EndConnectionAsync("01", TimeSpan.Zero, TimeSpan.Zero, default);
            Assert.Equal((asked, 1), (_counting.Logins, _store.Status.Outages));
        }
        finally
        {
            await cluster.ThawAsync();
        }
        Assert.True(await _recovered.WaitAsync(Patience));

        string[] expected = [.. Enumerable.Range(2, login - 1).Select(i => $"{i:00}")];
        Assert.Equal(expected, (await _observer.GetConnectionsAsync(default)).Select(c => c.Id));
        Assert.Equal(expected.Length, (await _observer.ProposeAsync(Login("99"), default)).UserConnections);
    }

    [TmpfsFact]
    public async Task A_full_disk_keeps_nobody_out_and_is_recovered_from()
    {
        string folder = Directory.CreateTempSubdirectory("sgfull").FullName;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        await using (TmpfsMount mount = await TmpfsMount.CreateAsync(folder, 160 * 1024))
        {
            string data = Directory.CreateDirectory(Path.Combine(mount.Folder, "data")).FullName, filler = Path.Combine(mount.Folder, "filler");
            var full = new PostgresCluster(data);
            await full.InitializeAsync();
            try
            {
                string database = await full.CreateDatabaseAsync();
                await using var inner = new PostgresStateStore(full.ConnectionString(database));
                await using ResilientStateStore store = Create(inner);
                await store.StartAsync(Patience, default);
                await store.RenewLeaseAsync(Gateway, TimeSpan.FromMinutes(10), default);
                await store.BeginConnectionAsync(Login("first"), default);
                TmpfsMount.Fill(filler);
                // What does not fit is noticed once the rows need another page.
                int logins = 1;
                while (store.Status.IsAvailable)
                {
                    Assert.InRange(logins, 1, 20_000);
                    Assert.Equal(LoginOutcome.Chosen, (await store.BeginConnectionAsync(Login($"{++logins:00000}"), default).WaitAsync(Patience)).Outcome);
                }
                Assert.Equal(LoginOutcome.Chosen, (await store.BeginConnectionAsync(Login("last"), default).WaitAsync(Patience)).Outcome);
                File.Delete(filler);
                Assert.True(await _recovered.WaitAsync(Patience));
                Assert.Equal(logins + 1, (await inner.GetConnectionsAsync(default)).Count);
            }
            finally
            {
                await full.DisposeAsync();
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_standby_is_away_until_it_is_promoted_and_serves_those_who_read()
    {
        await _store.BeginConnectionAsync(Login("1"), default);
        var standby = new PostgresCluster();
        await standby.FollowAsync(cluster);
        try
        {
            await using var inner = new PostgresStateStore(standby.ConnectionString(_database));
            await EventuallyAsync(async () => (await inner.GetConnectionsAsync(default)).Count == 1);
            await using ResilientStateStore store = Create(inner);
            Assert.Equal(LoginOutcome.Chosen, (await store.BeginConnectionAsync(Login("2"), default).WaitAsync(Patience)).Outcome);
            StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(() => store.BeginConnectionAsync(Login("3") with { IsMandatory = true }, default));
            Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
            Assert.Equal(["1"], (await inner.GetConnectionsAsync(default)).Select(c => c.Id));

            await standby.ExecuteAsync("postgres", "select pg_promote()");
            Assert.True(await _recovered.WaitAsync(Patience));
            Assert.Contains("2", (await inner.GetConnectionsAsync(default)).Select(c => c.Id));
        }
        finally
        {
            await standby.DisposeAsync();
        }
    }

    /// <summary>A drain would end at once, or an hour late; what others see would be of another hour.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_gateway_whose_clock_is_an_hour_off_shows_and_does_nothing_wrong(int hours)
    {
        var wrong = new ShiftedTime(TimeSpan.FromHours(hours));
        await using var store = new PostgresStateStore(cluster.ConnectionString(_database), wrong);
        GatewayRecord self = new("off", "0.1.0", [], wrong.GetUtcNow());
        await store.RenewLeaseAsync(self, TimeSpan.FromSeconds(15), default);
        Assert.True(await store.RenewLeaseAsync(self, TimeSpan.FromSeconds(15), default));
        LoginRequest login = Login("1");
        await store.BeginConnectionAsync(login with { Connection = login.Connection with { Gateway = "off", Start = wrong.GetUtcNow(), LastActive = wrong.GetUtcNow() } }, default);
        await store.PutTrafficAsync("off", [new TrafficSample("1", 1, 1, 1, 1, wrong.GetUtcNow())], default);
        await store.AddEventsAsync([new EventRecord { Time = wrong.GetUtcNow(), Kind = "login" }], default);
        await store.SetErrorBannerAsync(new ErrorBanner("soon", wrong.GetUtcNow().AddMinutes(30)), default);
        await _observer.SetHostStateAsync("a:22", HostState.Disabled, new HostDrain(DateTimeOffset.UtcNow.AddMinutes(30), ""), default);

        ConnectionRecord shown = Assert.Single(await _observer.GetConnectionsAsync(default));
        Assert.All([shown.Start, shown.LastActive, (await _observer.GetEventsAsync(new EventFilter(), default))[0].Time], time => AssertAbout(DateTimeOffset.UtcNow, time));
        AssertAbout(DateTimeOffset.UtcNow.AddMinutes(30), (await _observer.GetErrorBannerAsync(default))!.Expires!.Value);
        GatewayRecord gateway = Assert.Single(await _observer.GetGatewaysAsync(default), g => g.Id == "off");
        AssertAbout(DateTimeOffset.UtcNow, gateway.Started);
        AssertAbout(DateTimeOffset.UtcNow, gateway.LeaseUntil);
        HostRecord host = Assert.Single(await store.GetHostsAsync(default));
        AssertAbout(wrong.GetUtcNow().AddMinutes(30), host.Drain!.Until);
        AssertAbout(wrong.GetUtcNow(), host.CheckedAt);
        AssertAbout(wrong.GetUtcNow(), (await store.GetConnectionsAsync(default))[0].Start);

        static void AssertAbout(DateTimeOffset expected, DateTimeOffset actual) => Assert.InRange((actual - expected).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Connections_that_are_cut_are_opened_again_and_orders_given_meanwhile_arrive()
    {
        await _store.BeginConnectionAsync(Login("1"), default);
        await using var watch = await WatchedChanges.StartAsync(_observer);

        await CutAsync();
        LoginDecision second = await _store.BeginConnectionAsync(Login("2"), default);
        await _store.SendOrderAsync(new GatewayOrder(OrderKind.Kill, User: "alice"), default);

        Assert.Equal(1, second.UserConnections);
        // The order comes before the resync or after it, as it was given before the new connection listened or after.
        List<StateChange> seen = [await watch.NextAsync(), await watch.NextAsync()];
        Assert.Equal("alice", Assert.Single(seen, c => c.Kind == StateChangeKind.Order).Order!.User);
        Assert.Single(seen, c => c.Kind == StateChangeKind.Resync);
    }

    [Fact]
    public async Task A_database_that_may_only_be_read_is_away_until_it_may_be_written()
    {
        await cluster.ExecuteAsync("postgres", $"alter database {_database} set default_transaction_read_only = on");
        await CutAsync();

        LoginDecision during = await _store.BeginConnectionAsync(Login("1"), default);
        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(
            () => _store.BeginConnectionAsync(Login("2") with { IsMandatory = true }, default));
        Assert.Equal(LoginOutcome.Chosen, during.Outcome);
        Assert.Contains("the database is read-only", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await _observer.GetConnectionsAsync(default)); // who only reads is served

        await cluster.ExecuteAsync("postgres", $"alter database {_database} reset default_transaction_read_only");
        await CutAsync();
        Assert.True(await _recovered.WaitAsync(Patience));
        Assert.Equal(["1"], (await _observer.GetConnectionsAsync(default)).Select(c => c.Id));
    }

    [Fact]
    public async Task The_message_says_what_is_wrong_and_has_no_secret()
    {
        await using var store = new PostgresStateStore("postgresql://bob:s3cret@127.0.0.1:1/nowhere");
        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => store.GetHostsAsync(default));
        Assert.Contains("127.0.0.1:1/nowhere", exception.Message, StringComparison.Ordinal);
        Assert.Contains("refused", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", exception.ToString(), StringComparison.Ordinal);
    }

    // Longer than the default: a loaded test machine is not an outage.
    private ResilientStateStore Create(IStateStore store) => new(store, new ResilienceOptions
    {
        Timeout = TimeSpan.FromSeconds(3),
        ProbeInterval = TimeSpan.FromMilliseconds(200),
        AvailabilityChanged = problem =>
        {
            if (problem is null) _recovered.Release();
        },
    });

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(20, deadline.Token);
    }

    private Task CutAsync() => cluster.ExecuteAsync(
        _database, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");

    private static LoginRequest Login(string id) => new()
    {
        Connection = new ConnectionRecord
        {
            Id = id,
            Gateway = "one",
            User = "alice",
            Service = "login",
            Client = "192.0.2.1:4711",
            From = "127.0.0.1:22",
            Start = Gateway.Started,
        },
        Candidates = ["a:22", "b:22"],
        IsSticky = true,
        Rank = candidates => candidates,
    };
}
