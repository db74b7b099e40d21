using System.Text.RegularExpressions;
using Npgsql;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Postgres;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>docs/state.md and samples/postgres say what works.</summary>
[Collection(nameof(PostgresCluster))]
public sealed partial class StateDocumentTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Each_query_of_the_document_runs_as_the_role_of_the_sample_that_may_change_nothing()
    {
        string root = RepositoryRoot();
        string[] queries = [.. Queries().Matches(await File.ReadAllTextAsync(Path.Combine(root, "docs", "state.md"))).Select(m => m.Groups[1].Value)];
        string database = await cluster.CreateDatabaseAsync();
        await using var store = new PostgresStateStore(cluster.ConnectionString(database));
        await store.BeginConnectionAsync(Login(), default);
        await store.PutTrafficAsync("one", [new TrafficSample("1", 1, 2, 3, 4, DateTimeOffset.UtcNow.AddHours(-2))], default);
        await store.PutHostCheckAsync("a:22", false, "refused", default);
        await store.AddEventsAsync(
            [
                new EventRecord { Time = DateTimeOffset.UtcNow, Kind = "login", User = "alice", Host = "a:22" },
                new EventRecord { Time = DateTimeOffset.UtcNow, Kind = "refusal", User = "bob", Message = "limit" },
            ],
            default);
        await store.PutRecordingAsync(
            new RecordingRecord
            {
                Id = "x",
                Connection = "1",
                Gateway = "one",
                User = "alice",
                Start = DateTimeOffset.UtcNow,
                Location = "x",
                Format = "dump",
                Status = "cut short",
            },
            default);
        string role = await File.ReadAllTextAsync(Path.Combine(root, "samples", "postgres", "readonly.sql"));
        await cluster.ExecuteAsync(database, role);
        await cluster.ExecuteAsync(database, role); // once more does no harm

        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString(database));
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await ExecuteAsync("set role sshgateway_read");

        Assert.Equal(10, queries.Length);
        foreach (string query in queries)
        {
            await using var command = new NpgsqlCommand(query, connection);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync(), "no row: " + query);
        }
        foreach (string forbidden in new[] { "select * from sshgateway.connection", "delete from sshgateway.events", "update sshgateway.host set state = 'up'" })
        {
            PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static LoginRequest Login() => new()
    {
        Connection = new ConnectionRecord
        {
            Id = "1",
            Gateway = "one",
            User = "alice",
            Service = "login",
            Client = "192.0.2.1:4711",
            From = "127.0.0.1:22",
            Start = DateTimeOffset.UtcNow,
            Details = new Dictionary<string, string> { ["kex"] = "curve25519-sha256" },
        },
        Candidates = ["a:22"],
        IsSticky = true,
        Rank = candidates => candidates,
    };

    private static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SshGateway.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("SshGateway.sln");
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Queries();
}
