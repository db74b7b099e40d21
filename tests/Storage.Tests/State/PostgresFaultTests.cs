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
    private PostgresStateStore _observer = null!;

    public async Task InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync();
        _observer = new PostgresStateStore(cluster.ConnectionString(_database));
        // Longer than the default: a loaded test machine is not an outage.
        _store = new ResilientStateStore(new PostgresStateStore(cluster.ConnectionString(_database)), new ResilienceOptions
        {
            Timeout = TimeSpan.FromSeconds(3),
            ProbeInterval = TimeSpan.FromMilliseconds(200),
            AvailabilityChanged = problem =>
            {
                if (problem is null) _recovered.Release();
            },
        });
        await _store.StartAsync(Patience, default);
        await _store.RenewLeaseAsync(Gateway, TimeSpan.FromMinutes(10), default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
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
    public async Task A_database_that_hangs_delays_one_login_and_no_other()
    {
        await _store.BeginConnectionAsync(Login("1"), default);
        await cluster.FreezeAsync();
        try
        {
            Assert.Equal(LoginOutcome.Chosen, (await _store.BeginConnectionAsync(Login("2"), default).WaitAsync(Patience)).Outcome);
            Assert.False(_store.Status.IsAvailable);
            Task<LoginDecision> next = _store.BeginConnectionAsync(Login("3"), default);
            Assert.Equal(2, (await next.WaitAsync(Patience)).UserConnections);
            Assert.Contains("no answer", _store.Status.Problem, StringComparison.Ordinal);
        }
        finally
        {
            await cluster.ThawAsync();
        }
        Assert.True(await _recovered.WaitAsync(Patience));

        Assert.Equal(["1", "2", "3"], (await _observer.GetConnectionsAsync(default)).Select(c => c.Id));
        Assert.Equal(3, (await _observer.ProposeAsync(Login("4"), default)).UserConnections);
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
