using Microsoft.Data.Sqlite;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.Tests.State;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Gateways of one machine that share a file.</summary>
public sealed class SharedSqliteTests(RoutingBed bed) : SharedStateTests(bed), IClassFixture<RoutingBed>
{
    private readonly RoutingBed _bed = bed;

    private protected override Task<string> NewDatabaseAsync() => Task.FromResult($"sqlite:{_bed.Folder[$"{Guid.NewGuid():N}"[..12]]}.db");

    [GatewayFact]
    public Task Of_a_hundred_logins_at_once_on_two_gateways_exactly_as_many_get_in_as_may_and_all_on_one_host() => ExactlyAsManyGetInAsMayAsync();

    [GatewayFact]
    public Task Two_hundred_sessions_that_end_and_begin_again_are_never_refused() => WhoEndsAndBeginsAgainIsNeverRefusedAsync();

    private protected override async Task ChangeByHandAsync(string database, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={database["sqlite:".Length..]};Pooling=false;Default Timeout=30");
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Gateways that share a PostgreSQL.</summary>
public sealed class SharedPostgresTests(RoutingBed bed, PostgresCluster cluster) : SharedStateTests(bed), IClassFixture<RoutingBed>, IClassFixture<PostgresCluster>
{
    [GatewayFact]
    public Task Of_a_hundred_logins_at_once_on_two_gateways_exactly_as_many_get_in_as_may_and_all_on_one_host() => ExactlyAsManyGetInAsMayAsync();

    [GatewayFact]
    public Task Two_hundred_sessions_that_end_and_begin_again_are_never_refused() => WhoEndsAndBeginsAgainIsNeverRefusedAsync();

    private protected override async Task<string> NewDatabaseAsync() =>
        // A busy machine takes long to start fifty server processes.
        $"host='{cluster.Folder}' user=tester connect_timeout=60 dbname={await cluster.CreateDatabaseAsync()}";

    private protected override Task ChangeByHandAsync(string database, string sql) =>
        cluster.ExecuteAsync(database[(database.LastIndexOf('=') + 1)..], $"set search_path = sshgateway; {sql}");
}
