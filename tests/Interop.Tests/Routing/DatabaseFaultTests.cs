using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State;
using SshGateway.Storage.Tests.State;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Two gateways whose PostgreSQL is stopped, hangs, or cuts their connections: those who are in stay, and others get in.</summary>
public sealed class DatabaseFaultTests(RoutingBed bed, PostgresCluster cluster) : IClassFixture<RoutingBed>, IClassFixture<PostgresCluster>
{
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(120);

    [GatewayTheory]
    [InlineData("stopped")]
    [InlineData("hangs")]
    [InlineData("cut")]
    public async Task Sessions_live_on_others_get_in_and_afterwards_the_store_has_who_is_there(string fault)
    {
        string database = await cluster.CreateDatabaseAsync();
        string state = $"stats_interval: 1s\nstate:\n  database: \"host='{cluster.Folder}' user=tester dbname={database}\"\n  timeout: 3s\n";
        (GatewayProcess gateway, Route first) = await bed.StartAsync(state);
        (_, Route second) = await bed.StartAsync(state);
        await using HeldSession left = await RoutingBed.HoldAsync(first);
        await using HeldSession one = await RoutingBed.HoldAsync(first);
        await using HeldSession two = await RoutingBed.HoldAsync(second, "-l", RoutingBed.OtherUser);
        HeldSession three;
        switch (fault)
        {
            case "stopped":
                await cluster.StopAsync();
                try
                {
                    three = await UseAsync();
                }
                finally
                {
                    await cluster.StartAsync();
                }

                break;
            case "hangs":
                await cluster.FreezeAsync();
                try
                {
                    three = await UseAsync();
                }
                finally
                {
                    await cluster.ThawAsync();
                }

                break;
            default:
                await cluster.ExecuteAsync(
                    database, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
                three = await UseAsync();
                break;
        }

        await using (three)
        {
            await using IStateStore store = StateStores.Open($"host='{cluster.Folder}' user=tester dbname={database}");
            string[] expected = [.. new[] { Environment.UserName, RoutingBed.OtherUser, RoutingBed.ThirdUser }.Order(StringComparer.Ordinal)];
            await Eventually.BecomesTrueAsync(async () => (await UsersAsync(store)).SequenceEqual(expected), "it has those who are in, and nobody else", LongPatience);
            Assert.Equal(2, (await store.GetGatewaysAsync(default)).Count);
            await EchoAsync(one);
            await EchoAsync(two);
            if (fault != "cut") await gateway.WaitForLogAsync("the state store is back");
        }

        async Task<HeldSession> UseAsync()
        {
            HeldSession entered = await RoutingBed.HoldAsync(first, "-l", RoutingBed.ThirdUser);
            await EchoAsync(one);
            await EchoAsync(two);
            await left.EndAsync();
            return entered;
        }
    }

    private static async Task<string[]> UsersAsync(IStateStore store)
    {
        try
        {
            return [.. (await store.GetConnectionsAsync(default)).Select(connection => connection.User)];
        }
        catch (StateStoreException)
        {
            return []; // not yet back
        }
    }

    private static async Task EchoAsync(HeldSession session)
    {
        string word = $"{Guid.NewGuid():N}\n";
        await session.Ssh.WriteAsync(word);
        await session.Ssh.ReadUntilAsync(word);
    }
}
