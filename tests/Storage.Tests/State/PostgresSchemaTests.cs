using Npgsql;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Migrations;
using SshGateway.Storage.State.Postgres;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>Migrations, and the views that people read.</summary>
[Collection(nameof(PostgresCluster))]
public sealed class PostgresSchemaTests(PostgresCluster cluster) : IAsyncLifetime
{
    private static readonly string[] Views =
        ["connections", "hosts", "users", "groups", "persist", "gateways", "events", "recordings", "error_banner"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string _database = "";

    public async Task InitializeAsync() => _database = await cluster.CreateDatabaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Programs_that_start_at_once_migrate_once()
    {
        PostgresStateStore[] stores = [.. Enumerable.Range(0, 8).Select(_ => Open())];

        await Task.WhenAll(stores.Select(s => s.GetHostsAsync(default)));

        Assert.Equal(
            MigrationScript.Load("postgres").Select(s => s.Name), await QueryAsync("select name from sshgateway.migration order by number"));
        foreach (PostgresStateStore store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task An_older_schema_is_migrated()
    {
        MigrationScript first = MigrationScript.Load("postgres")[0];
        await ExecuteAsync(
            "create schema sshgateway; create table sshgateway.migration (number integer primary key, name text not null, applied timestamptz not null default now())");
        await ExecuteAsync(first.Sql);
        await ExecuteAsync($"insert into sshgateway.migration (number, name) values ({first.Number}, '{first.Name}')");
        await using PostgresStateStore store = Open();

        Assert.Empty(await store.GetConnectionsAsync(default));
        Assert.Equal(MigrationScript.Load("postgres").Count.ToString(), (await QueryAsync("select count(*) from sshgateway.migration"))[0]);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_by_whoever_starts_and_borne_by_whoever_runs()
    {
        await using PostgresStateStore running = Open(), starting = Open();
        await running.GetHostsAsync(default);
        await ExecuteAsync("insert into sshgateway.migration (number, name) values (99, 'future')");

        await running.PutHostCheckAsync("a:22", true, "", default);
        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => starting.GetHostsAsync(default));

        Assert.Contains("schema version 99", exception.Message, StringComparison.Ordinal);
        Assert.Contains("newer program", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_view_and_every_column_is_explained()
    {
        await using PostgresStateStore store = Open();
        await store.GetHostsAsync(default);

        Assert.Equal(Views.Order(), (await QueryAsync("select viewname from pg_views where schemaname = 'sshgateway' order by 1")));
        Assert.Empty(await QueryAsync(
            """
            select c.relname || '.' || coalesce(a.attname, '*') from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
            where c.relnamespace = 'sshgateway'::regnamespace and c.relkind = 'v'
                and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)
            """));
    }

    [Fact]
    public async Task Of_a_killed_gateway_no_view_shows_anything_once_its_lease_has_ended()
    {
        await using PostgresStateStore store = Open();
        await store.RenewLeaseAsync(new GatewayRecord("one", "0.1.0", [], DateTimeOffset.UtcNow), TimeSpan.FromMinutes(10), default);
        await store.BeginConnectionAsync(Login("1", "alice"), default);
        await store.PutTrafficAsync("one", [new TrafficSample("1", 1, 2, 3, 4, DateTimeOffset.UtcNow)], default);
        await store.PutHostCheckAsync("a:22", true, "", default);
        Assert.Equal(["1", "1", "1", "1", "1"], await CountsAsync());

        await ExecuteAsync("update sshgateway.gateway set lease_until = now() - interval '1 ms'");

        Assert.Equal(["0", "0", "0", "0", "0"], await CountsAsync());
        Assert.Equal("0", (await QueryAsync("select bandwidth_in + bandwidth_out from sshgateway.hosts"))[0]);

        Task<IReadOnlyList<string>> CountsAsync() => QueryAsync(
            """
            select count(*) from sshgateway.connections union all select count(*) from sshgateway.users
            union all select count(*) from sshgateway.groups union all select count(*) from sshgateway.gateways
            union all select connections from sshgateway.hosts
            """);
    }

    [Fact]
    public async Task The_clock_of_a_gateway_does_not_matter()
    {
        await using PostgresStateStore ahead = Open(), behind = Open();
        DateTimeOffset later = DateTimeOffset.UtcNow.AddHours(1), earlier = DateTimeOffset.UtcNow.AddHours(-1);
        await ahead.RenewLeaseAsync(new GatewayRecord("ahead", "0.1.0", [], later), TimeSpan.FromMinutes(10), default);
        await behind.RenewLeaseAsync(new GatewayRecord("behind", "0.1.0", [], earlier), TimeSpan.FromMinutes(10), default);
        await ahead.BeginConnectionAsync(Login("1", "alice", "ahead", later), default);
        await behind.BeginConnectionAsync(Login("2", "alice", "behind", earlier), default);
        await ahead.EndConnectionAsync("1", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), default);
        await behind.PutHostCheckAsync("a:22", false, "refused", default);

        LoginDecision decision = await behind.ProposeAsync(Login("3", "alice", "behind", earlier) with { DownFor = TimeSpan.FromMinutes(5) }, default);
        await behind.EndConnectionAsync("2", TimeSpan.Zero, TimeSpan.Zero, default);

        Assert.Equal((1, "b:22"), (decision.UserConnections, decision.Host));
        Assert.Equal("t", (await QueryAsync("select (ttl between interval '50 s' and interval '1 min')::text::char(1) from sshgateway.persist"))[0]);
        Assert.Equal(2, (await behind.GetGatewaysAsync(default)).Count);
    }

    [Fact]
    public async Task With_a_hundred_thousand_connections_logins_use_indexes()
    {
        await using PostgresStateStore store = Open();
        // Plans that are made while there is nothing, and kept, have to do when there is much.
        for (int i = 0; i < 10; i++)
        {
            await store.GetHostsAsync(default);
            await store.GetConnectionsAsync(default);
            await store.GetBareConnectionsAsync(default);
        }
        await ExecuteAsync(
            """
            insert into sshgateway.gateway (id, version, addresses, started, lease_until)
                select 'g' || n, '', '{}', now(), now() + interval '1 hour' from generate_series(1, 10) n;
            insert into sshgateway.connection
                select lpad(to_hex(n), 10, '0'), (select min(instance) from sshgateway.gateway) + n % 10, 'user' || n % 20000, '{hpc}', 'login', 'c', 'l',
                    'host' || n % 50 || ':22', now(), now(), '{}' from generate_series(1, 100000) n;
            insert into sshgateway.host (host, state, checked_at, reason) select 'host' || n || ':22', 'up', now(), '' from generate_series(0, 49) n;
            insert into sshgateway.traffic
                select instance, array_fill(1, array[65]), array_agg(id), array_agg(1), array_agg(1), array_agg(1), array_agg(1), array_agg(now()),
                    '{host0:22,host1:22}', '{1,2}', '{3,4}' from sshgateway.connection group by instance;
            """);
        Assert.Equal(100_000, (await store.GetBareConnectionsAsync(default).WaitAsync(Patience)).Sum(c => c.BytesIn));
        Assert.Equal(100_000, (await store.GetConnectionsAsync(default).WaitAsync(Patience)).Count);
        HostRecord host1 = (await store.GetHostsAsync(default).WaitAsync(Patience)).Single(h => h.Host == "host1:22");
        Assert.Equal((2000, 20, 40), (host1.Connections, host1.BandwidthIn, host1.BandwidthOut));
        await ExecuteAsync("analyze");

        string[] own = await ExplainAsync(PostgresStateStore.Own, Sql.Text("user7"), Sql.Text("x"));
        string[] ownWithBandwidth = await ExplainAsync(PostgresStateStore.OwnWithBandwidth, Sql.Text("user7"), Sql.Text("x"), Sql.Small(3));
        string[] facts = await ExplainAsync(PostgresStateStore.Facts, Sql.Text("user7"), Sql.Text("login"), Sql.Text("x"));
        string[] pool = await ExplainAsync(PostgresStateStore.Pool, Sql.Texts(["host1:22", "host2:22"]));
        string[] end = await ExplainAsync(PostgresStateStore.End, Sql.Text("x"), Sql.Interval(TimeSpan.Zero), Sql.Interval(TimeSpan.Zero));
        string[] live = await ExplainAsync(PostgresStateStore.Live), hosts = await ExplainAsync("select * from sshgateway.hosts");
        string[] psql = await ExplainAsync("select * from sshgateway.connections where user_name = 'user7'");

        Assert.All([own, ownWithBandwidth, facts, pool, end, psql], plan =>
        {
            Assert.DoesNotContain(plan, line => line.Contains("Seq Scan on connection", StringComparison.Ordinal));
        });
        Assert.DoesNotContain(live, line => line.Contains("Sort", StringComparison.Ordinal) || line.Contains("Function Scan", StringComparison.Ordinal));
        Assert.DoesNotContain(hosts, line => line.Contains(" on connection ", StringComparison.Ordinal));
        Assert.Contains(own, line => line.Contains("connection_user", StringComparison.Ordinal));
        Assert.Contains(psql, line => line.Contains("connection_user", StringComparison.Ordinal));
        LoginDecision decision = await store.BeginConnectionAsync(Login("new", "user7") with { Candidates = ["host7:22", "host8:22"] }, default);
        Assert.Equal((5, 100_001), (decision.UserConnections, (await store.GetConnectionsAsync(default)).Count));
    }

    private PostgresStateStore Open() => new(cluster.ConnectionString(_database));

    private Task ExecuteAsync(string sql) => cluster.ExecuteAsync(_database, sql);

    private Task<IReadOnlyList<string>> QueryAsync(string sql) => cluster.QueryAsync(_database, sql);

    private async Task<string[]> ExplainAsync(string sql, params NpgsqlParameter[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString(_database));
        await using NpgsqlCommand command = source.CreateCommand("explain " + sql);
        command.Parameters.AddRange(parameters);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return [.. lines];
    }

    private static LoginRequest Login(string id, string user, string gateway = "one", DateTimeOffset? start = null) => new()
    {
        Connection = new ConnectionRecord
        {
            Id = id,
            Gateway = gateway,
            User = user,
            Groups = ["hpc"],
            Service = "login",
            Client = "192.0.2.1:4711",
            From = "127.0.0.1:22",
            Start = start ?? DateTimeOffset.UtcNow,
        },
        Candidates = ["a:22", "b:22"],
        IsSticky = true,
        DownFor = TimeSpan.FromMinutes(1),
        Persist = gateway == "ahead" ? TimeSpan.FromMinutes(1) : TimeSpan.Zero,
        Rank = candidates => candidates,
    };
}
