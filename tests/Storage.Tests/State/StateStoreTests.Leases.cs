using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

public abstract partial class StateStoreTests
{
    [Fact]
    public async Task Connections_of_a_gateway_count_while_its_lease_lives()
    {
        await Store.BeginConnectionAsync(Login(Connection(gateway: "one"), "a:22") with { MaxConnectionsPerUser = 2 }, default);
        await Other.BeginConnectionAsync(Login(Connection(gateway: "two"), "a:22") with { MaxConnectionsPerUser = 2 }, default);
        await Store.PutHostCheckAsync("a:22", true, "", default);

        await AdvanceAsync(TimeSpan.FromSeconds(10));
        await Other.RenewLeaseAsync(Gateway("two"), TimeSpan.FromSeconds(15), default);
        Assert.Equal(2, (await Other.GetConnectionsAsync(default)).Count);
        await AdvanceAsync(TimeSpan.FromSeconds(6));

        Assert.Equal("two", Assert.Single(await Other.GetConnectionsAsync(default)).Gateway);
        Assert.Equal("two", Assert.Single(await Other.GetGatewaysAsync(default)).Id);
        Assert.Equal(1, Assert.Single(await Other.GetHostsAsync(default)).Connections);
        LoginDecision next = await Other.BeginConnectionAsync(Login(Connection(gateway: "two")) with { MaxConnectionsPerUser = 2 }, default);
        Assert.Equal((LoginOutcome.Chosen, 1), (next.Outcome, next.UserConnections));
    }

    [Fact]
    public async Task A_gateway_that_comes_back_after_its_lease_has_its_connections_again()
    {
        await Store.BeginConnectionAsync(Login(Connection()), default);
        await AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(await Store.GetConnectionsAsync(default));

        bool wasKnown = await Store.RenewLeaseAsync(Gateway("one"), TimeSpan.FromSeconds(15), default);

        Assert.True(wasKnown);
        Assert.Single(await Store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task A_gateway_that_was_away_for_long_is_told_to_put_its_connections_again()
    {
        ConnectionRecord connection = Connection();
        await Store.BeginConnectionAsync(Login(connection), default);
        await AdvanceAsync(TimeSpan.FromMinutes(10));
        await Other.RenewLeaseAsync(Gateway("two"), TimeSpan.FromSeconds(15), default);

        Assert.False(await Store.RenewLeaseAsync(Gateway("one"), TimeSpan.FromSeconds(15), default));
        Assert.Empty(await Store.GetConnectionsAsync(default));
        await Store.PutConnectionsAsync([connection with { Host = "a:22" }], default);

        Assert.Single(await Other.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task A_gateway_started_anew_does_not_own_what_the_process_before_it_had()
    {
        await Store.BeginConnectionAsync(Login(Connection()), default);

        Assert.False(await Store.RenewLeaseAsync(Gateway("one") with { Started = Start.AddHours(1) }, TimeSpan.FromSeconds(15), default));
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True(await Store.RenewLeaseAsync(Gateway("one") with { Started = Start.AddHours(1) }, TimeSpan.FromSeconds(15), default));
        await AdvanceAsync(TimeSpan.FromSeconds(6));

        Assert.Empty(await Store.GetConnectionsAsync(default));
        GatewayRecord gateway = Assert.Single(await Store.GetGatewaysAsync(default));
        Assert.Equal((0, Start.AddHours(1)), (gateway.Connections, gateway.Started));
    }

    [Fact]
    public async Task An_orderly_end_frees_everything_at_once()
    {
        await Store.BeginConnectionAsync(Login(Connection()), default);

        await Store.ReleaseLeaseAsync("one", default);

        Assert.Empty(await Other.GetConnectionsAsync(default));
        Assert.Equal("two", Assert.Single(await Other.GetGatewaysAsync(default)).Id);
    }

    [Fact]
    public async Task A_gateway_that_never_registered_gets_a_lease_with_its_first_connection()
    {
        await Store.BeginConnectionAsync(Login(Connection(gateway: "three")), default);

        Assert.Equal("three", Assert.Single(await Store.GetConnectionsAsync(default)).Gateway);
        Assert.Contains(await Other.GetGatewaysAsync(default), g => g.Id == "three" && g.Connections == 1);
        await AdvanceAsync(TimeSpan.FromSeconds(16));
        Assert.Empty(await Store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task Gateways_are_listed_with_their_connections()
    {
        await Store.BeginConnectionAsync(Login(Connection()), default);
        await Store.BeginConnectionAsync(Login(Connection("bob")), default);

        IReadOnlyList<GatewayRecord> gateways = await Other.GetGatewaysAsync(default);

        Assert.Equal([("one", 2), ("two", 0)], gateways.Select(g => (g.Id, g.Connections)));
        Assert.Equal(["127.0.0.1:22", "[::1]:22"], gateways[0].Addresses);
        Assert.Equal(("0.1.0", Start), (gateways[0].Version, gateways[0].Started));
    }
}
