using SshGateway.Storage.State;
using SshGateway.Storage.State.Postgres;
using Xunit;

namespace SshGateway.Storage.Tests.State;

[Collection(nameof(PostgresCluster))]
public sealed class PostgresStateStoreTests(PostgresCluster cluster) : StateStoreTests
{
    private string _database = "";

    public override async Task InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync();
        await base.InitializeAsync();
    }

    protected override Task<IStateStore> OpenAsync() => Task.FromResult<IStateStore>(new PostgresStateStore(cluster.ConnectionString(_database)));

    /// <summary>Its clock cannot be moved, so everything is moved into the past.</summary>
    protected override Task AdvanceAsync(TimeSpan time) => cluster.ExecuteAsync(_database, string.Join(';', new[]
    {
        ("gateway", "lease_until"), ("recent", "until"), ("persisted", "expires"), ("banner", "expires"), ("shared", "expires"), ("host", "checked_at"),
    }.Select(c => $"update sshgateway.{c.Item1} set {c.Item2} = {c.Item2} - interval '{time.TotalSeconds} seconds'")));
}
