using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

public abstract partial class StateStoreTests
{
    [Fact]
    public async Task A_login_is_registered_with_the_host_that_was_chosen()
    {
        ConnectionRecord connection = Connection();

        LoginDecision decision = await Store.BeginConnectionAsync(Login(connection), default);

        Assert.Equal(LoginOutcome.Chosen, decision.Outcome);
        Assert.Equal(["a:22", "b:22", "c:22"], decision.Order);
        Assert.Equal("a:22", decision.Host);
        Assert.Equal(ChoiceReason.Ranked, decision.Choice);
        Assert.Equal(0, decision.UserConnections);
        ConnectionRecord live = Assert.Single(await Other.GetConnectionsAsync(default));
        AssertEqual(connection with { Host = "a:22" }, live);
    }

    [Fact]
    public async Task A_proposal_registers_nothing()
    {
        LoginDecision decision = await Store.ProposeAsync(Login(Connection()), default);

        Assert.Equal("a:22", decision.Host);
        Assert.Empty(await Store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task The_ranking_sees_states_and_loads()
    {
        await Store.PutConnectionsAsync(
            [Connection("alice", "login", "one", "a:22"), Connection("bob", "login", "one", "a:22"), Connection("bob", "login", "one", "b:22")], default);
        await Other.PutConnectionsAsync([Connection("alice", "transfer", "two", "a:22") with { BandwidthIn = 30, BandwidthOut = 4 }], default);
        string bob = (await Store.GetConnectionsAsync(default)).First(c => c.User == "bob" && c.Host == "a:22").Id;
        await Store.PutTrafficAsync("one", [new TrafficSample(bob, 1000, 2000, 100, 200, Start)], default);
        await Store.PutHostCheckAsync("a:22", true, "", default);
        await Store.PutHostCheckAsync("b:22", false, "refused", default);
        await Store.SetHostStateAsync("d:22", HostState.Disabled, null, default);
        IReadOnlyList<Candidate> seen = [];

        await Store.ProposeAsync(Login(Connection(), "c:22", "a:22", "b:22", "d:22", "a:22") with { Rank = c => seen = c }, default);

        Assert.Equal(
            [("c:22", 0, null, 0, 0, 0L, 0L), ("a:22", 1, HostState.Up, 2, 3, 34L, 334L), ("b:22", 2, HostState.Down, 0, 1, 0L, 0L)],
            seen.Select(c => (c.Host, c.Position, (HostState?)c.State, c.UserConnections, c.Connections, c.UserBandwidth, c.Bandwidth)));
    }

    [Fact]
    public async Task A_sticky_login_follows_a_live_connection_of_the_same_user_and_service()
    {
        await Store.BeginConnectionAsync(Login(Connection(), "b:22"), default);

        LoginDecision same = await Other.BeginConnectionAsync(Login(Connection(gateway: "two")), default);
        LoginDecision otherService = await Other.BeginConnectionAsync(Login(Connection("alice", "login2", "two")), default);
        LoginDecision otherUser = await Other.BeginConnectionAsync(Login(Connection("alice2", "login", "two")), default);
        LoginDecision notSticky = await Other.BeginConnectionAsync(Login(Connection(gateway: "two")) with { IsSticky = false }, default);

        Assert.Equal((ChoiceReason.StickyToLive, "b:22", 1), (same.Choice, same.Host, same.UserConnections));
        Assert.Equal(["b:22", "a:22", "c:22"], same.Order);
        Assert.Equal((ChoiceReason.Ranked, "a:22"), (otherService.Choice, otherService.Host));
        Assert.Equal((ChoiceReason.Ranked, "a:22"), (otherUser.Choice, otherUser.Host));
        Assert.Equal((ChoiceReason.Ranked, "a:22"), (notSticky.Choice, notSticky.Host));
    }

    [Fact]
    public async Task A_sticky_login_follows_a_connection_that_ended_within_keyttl()
    {
        ConnectionRecord first = Connection();
        await Store.BeginConnectionAsync(Login(first, "b:22"), default);
        await Store.EndConnectionAsync(first.Id, TimeSpan.FromSeconds(5), TimeSpan.Zero, default);

        await AdvanceAsync(TimeSpan.FromSeconds(4));
        LoginDecision within = await Other.ProposeAsync(Login(Connection(gateway: "two")), default);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        LoginDecision after = await Other.ProposeAsync(Login(Connection(gateway: "two")), default);

        Assert.Equal((ChoiceReason.StickyToRecent, "b:22"), (within.Choice, within.Host));
        Assert.Equal((ChoiceReason.Ranked, "a:22"), (after.Choice, after.Host));
    }

    [Fact]
    public async Task A_sticky_login_follows_the_persisted_choice_until_it_expires_or_is_forgotten()
    {
        ConnectionRecord first = Connection();
        await Store.BeginConnectionAsync(Login(first, "b:22") with { Persist = TimeSpan.FromMinutes(5) }, default);
        Assert.Equal("b:22", Assert.Single(await Store.GetPersistedAsync(default)).Host);
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        await RegisterAsync();
        await Store.EndConnectionAsync(first.Id, TimeSpan.Zero, TimeSpan.FromMinutes(5), default);

        await AdvanceAsync(TimeSpan.FromSeconds(295));
        LoginDecision within = await Other.ProposeAsync(Login(Connection(gateway: "two")), default);
        await AdvanceAsync(TimeSpan.FromSeconds(6));
        LoginDecision after = await Other.ProposeAsync(Login(Connection(gateway: "two")), default);

        Assert.Equal((ChoiceReason.StickyToPersisted, "b:22"), (within.Choice, within.Host));
        Assert.Equal((ChoiceReason.Ranked, "a:22"), (after.Choice, after.Host));
        Assert.Empty(await Store.GetPersistedAsync(default));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("down")]
    [InlineData("excluded")]
    [InlineData("gone from the pool")]
    public async Task Stickiness_does_not_lead_to_a_host_that_is(string what)
    {
        ConnectionRecord first = Connection();
        await Store.BeginConnectionAsync(Login(first, "b:22") with { Persist = TimeSpan.FromHours(1) }, default);
        if (what == "disabled") await Store.SetHostStateAsync("b:22", HostState.Disabled, null, default);
        if (what == "down") await Store.PutHostCheckAsync("b:22", false, "no answer", default);
        LoginRequest request = Login(Connection()) with
        {
            Excluded = what == "excluded" ? new HashSet<string> { "b:22" } : new HashSet<string>(),
            Candidates = what == "gone from the pool" ? ["a:22", "c:22"] : ["a:22", "b:22", "c:22"],
        };

        LoginDecision decision = await Store.ProposeAsync(request, default);

        Assert.Equal(ChoiceReason.Ranked, decision.Choice);
        Assert.Equal(what == "down" ? ["a:22", "c:22", "b:22"] : ["a:22", "c:22"], decision.Order);
    }

    [Fact]
    public async Task A_down_state_is_believed_for_a_time()
    {
        await Store.PutHostCheckAsync("a:22", false, "refused", default);
        Assert.Equal(["b:22", "c:22", "a:22"], (await Store.ProposeAsync(Login(Connection()), default)).Order);

        await AdvanceAsync(TimeSpan.FromSeconds(61));

        Assert.Equal(["a:22", "b:22", "c:22"], (await Store.ProposeAsync(Login(Connection()), default)).Order);
    }

    [Fact]
    public async Task No_host_is_left_when_all_are_disabled_or_excluded()
    {
        await Store.SetHostStateAsync("a:22", HostState.Disabled, null, default);
        LoginRequest request = Login(Connection(), "a:22", "b:22") with { Excluded = new HashSet<string> { "b:22" } };

        LoginDecision decision = await Store.BeginConnectionAsync(request, default);

        Assert.Equal((LoginOutcome.NoHost, ""), (decision.Outcome, decision.Host));
        Assert.Empty(await Store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task Choosing_again_moves_the_connection_and_does_not_ask_the_limit()
    {
        ConnectionRecord connection = Connection();
        LoginRequest request = Login(connection) with { MaxConnectionsPerUser = 1 };
        await Store.BeginConnectionAsync(request, default);

        LoginDecision second = await Store.ChooseAgainAsync(request with { Excluded = new HashSet<string> { "a:22" } }, default);
        Assert.Equal((LoginOutcome.Chosen, "b:22", ChoiceReason.Ranked, 0), (second.Outcome, second.Host, second.Choice, second.UserConnections));
        Assert.Equal("b:22", Assert.Single(await Other.GetConnectionsAsync(default)).Host);

        LoginDecision third = await Store.ChooseAgainAsync(request with { Excluded = new HashSet<string> { "a:22", "b:22", "c:22" } }, default);
        Assert.Equal(LoginOutcome.NoHost, third.Outcome);
        Assert.Empty(await Other.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task The_limit_counts_all_gateways_and_services_and_frees_what_has_ended()
    {
        ConnectionRecord first = Connection("alice", "login", "one");
        await Store.BeginConnectionAsync(Login(first) with { MaxConnectionsPerUser = 2 }, default);
        await Other.BeginConnectionAsync(Login(Connection("alice", "transfer", "two")) with { MaxConnectionsPerUser = 2 }, default);

        LoginDecision refused = await Store.BeginConnectionAsync(Login(Connection()) with { MaxConnectionsPerUser = 2 }, default);
        LoginDecision somebodyElse = await Store.BeginConnectionAsync(Login(Connection("bob")) with { MaxConnectionsPerUser = 2 }, default);
        await Store.EndConnectionAsync(first.Id, TimeSpan.FromSeconds(5), TimeSpan.Zero, default);
        LoginDecision allowed = await Store.BeginConnectionAsync(Login(Connection()) with { MaxConnectionsPerUser = 2 }, default);

        Assert.Equal((LoginOutcome.LimitReached, 2, ""), (refused.Outcome, refused.UserConnections, refused.Host));
        Assert.Equal(LoginOutcome.Chosen, somebodyElse.Outcome);
        Assert.Equal((LoginOutcome.Chosen, 1), (allowed.Outcome, allowed.UserConnections));
    }

    [Fact]
    public async Task Fifty_logins_at_once_on_each_of_two_gateways_fill_the_limit_exactly_and_stay_together()
    {
        Task<LoginDecision>[] logins = [.. Enumerable.Range(0, 100).Select(i => Task.Run(() =>
        {
            ConnectionRecord connection = Connection(gateway: i % 2 == 0 ? "one" : "two");
            LoginRequest request = Login(connection) with
            {
                MaxConnectionsPerUser = 5,
                Rank = candidates => [.. candidates.OrderBy(_ => Random.Shared.Next())],
            };
            return (i % 2 == 0 ? Store : Other).BeginConnectionAsync(request, default);
        }))];

        LoginDecision[] decisions = await Task.WhenAll(logins).WaitAsync(Patience);

        Assert.Equal(5, decisions.Count(d => d.Outcome == LoginOutcome.Chosen));
        Assert.Equal(95, decisions.Count(d => d.Outcome == LoginOutcome.LimitReached));
        Assert.Single(decisions.Where(d => d.Outcome == LoginOutcome.Chosen).Select(d => d.Host).Distinct());
        Assert.Equal(5, (await Store.GetConnectionsAsync(default)).Count);
    }

    [Fact]
    public async Task Two_hundred_connections_that_end_and_start_again_are_never_refused()
    {
        for (int i = 0; i < 200; i++)
        {
            (IStateStore store, string gateway) = i % 2 == 0 ? (Store, "one") : (Other, "two");
            ConnectionRecord connection = Connection(gateway: gateway);
            LoginDecision decision = await store.BeginConnectionAsync(Login(connection) with { MaxConnectionsPerUser = 1 }, default);
            Assert.Equal(LoginOutcome.Chosen, decision.Outcome);
            await store.EndConnectionAsync(connection.Id, TimeSpan.FromSeconds(5), TimeSpan.Zero, default);
        }
        Assert.Empty(await Store.GetConnectionsAsync(default));
    }

    [Fact]
    public async Task Simultaneous_logins_of_many_users_spread_by_what_each_of_them_registers()
    {
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(async () =>
        {
            (IStateStore store, string gateway) = i % 2 == 0 ? (Store, "one") : (Other, "two");
            await store.BeginConnectionAsync(Login(Connection("user" + i, "login", gateway)) with { Rank = FewestConnections }, default);
        }))).WaitAsync(Patience);
        await Store.BeginConnectionAsync(Login(Connection("last")) with { Rank = FewestConnections }, default);

        IReadOnlyList<ConnectionRecord> live = await Store.GetConnectionsAsync(default);
        Assert.Equal(31, live.Count);
        Assert.All(["a:22", "b:22", "c:22"], h => Assert.InRange(live.Count(c => c.Host == h), 1, 31));
    }

    private static void AssertEqual(ConnectionRecord expected, ConnectionRecord actual)
    {
        Assert.Equal(expected.Groups, actual.Groups);
        Assert.Equal(expected.Details.OrderBy(d => d.Key), actual.Details.OrderBy(d => d.Key));
        Assert.Equal(expected with { Groups = actual.Groups, Details = actual.Details }, actual);
    }
}
