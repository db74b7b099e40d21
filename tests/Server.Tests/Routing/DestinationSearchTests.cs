using SshGateway.Server.Configuration;
using SshGateway.Server.Destinations;
using SshGateway.Server.Routing;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using Xunit;

namespace SshGateway.Server.Tests.Routing;

public sealed class DestinationSearchTests : IAsyncLifetime
{
    private readonly SearchScene _scene = new();

    public Task InitializeAsync() => Task.CompletedTask;

#pragma warning disable CA1816 // xunit's interface, not the one with finalizers
    public async Task DisposeAsync() => await _scene.DisposeAsync();
#pragma warning restore CA1816

    [Fact]
    public async Task The_first_host_that_answers_is_used_and_no_other_is_dialled()
    {
        Assert.Equal("a:22", await _scene.Login("ann", ["a", "b"]).FindAsync());
        Assert.Equal((1, 0), (_scene.Host("a").Dials, _scene.Host("b").Dials));
        Assert.Equal(["a:22"], await _scene.ConnectedHostsAsync());
    }

    [Fact]
    public async Task A_host_that_fails_is_marked_down_with_its_reason_and_the_next_one_is_registered()
    {
        _scene.Host("a").Fails("a:22 cannot be reached: Connection refused");
        Login login = _scene.Login("ann", ["a", "b"]);
        Assert.Equal("b:22", await login.FindAsync());
        Assert.Equal("b:22", login.Search.RegisteredHost);
        Assert.Equal(["b:22"], await _scene.ConnectedHostsAsync());
        HostRecord? state = await _scene.StateOfAsync("a");
        Assert.Equal((HostState.Down, "a:22 cannot be reached: Connection refused"), (state?.State, state?.Reason));
        Assert.Contains(_scene.Events, happened => happened is { Kind: "host", Host: "a:22" } && happened.Message.StartsWith("down: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_known_to_be_down_is_not_tried_by_others_within_the_interval()
    {
        _scene.Host("a").Fails();
        await _scene.Login("ann", ["a", "b"]).FindAsync();
        Assert.Equal("b:22", await _scene.Login("bob", ["a", "b"]).FindAsync());
        Assert.Equal(1, _scene.Host("a").Dials);
    }

    [Fact]
    public async Task A_state_that_is_older_than_the_interval_is_not_believed()
    {
        _scene.Host("a").Fails();
        await _scene.Login("ann", ["a", "b"]).FindAsync();
        await _scene.Login("bob", ["a", "b"], request => request with { DownFor = TimeSpan.Zero }).FindAsync();
        Assert.Equal(2, _scene.Host("a").Dials);
    }

    [Fact]
    public async Task When_all_hosts_are_down_all_are_tried_all_the_same()
    {
        await _scene.Store.PutHostCheckAsync("a:22", isUp: false, "gone", CancellationToken.None);
        await _scene.Store.PutHostCheckAsync("b:22", isUp: false, "gone", CancellationToken.None);
        _scene.Host("a").Fails();
        Assert.Equal("b:22", await _scene.Login("ann", ["a", "b"]).FindAsync());
    }

    [Fact]
    public async Task When_none_can_be_had_each_reason_is_told_and_nothing_stays_registered()
    {
        _scene.Host("a").Fails("a refuses");
        _scene.Host("b").Fails("b shows another key", FailureKind.HostKey);
        DestinationException e = await Assert.ThrowsAsync<DestinationException>(_scene.Login("ann", ["a", "b"]).FindAsync);
        Assert.Equal((FailureKind.HostKey, "b shows another key; a refuses"), (e.Kind, e.Message));
        Assert.Empty(await _scene.ConnectedHostsAsync());
    }

    [Fact]
    public async Task Of_many_failures_a_few_are_told_and_the_rest_is_counted()
    {
        string[] pool = [.. Enumerable.Range(0, 30).Select(i => $"h{i}")];
        foreach (string name in pool) _scene.Host(name).Fails("refused");
        DestinationException e = await Assert.ThrowsAsync<DestinationException>(_scene.Login("ann", pool).FindAsync);
        Assert.EndsWith("; and 26 more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_pool_is_told_as_such()
    {
        DestinationException e = await Assert.ThrowsAsync<DestinationException>(_scene.Login("ann", []).FindAsync);
        Assert.Equal("no destination is configured", e.Message);
    }

    [Fact]
    public async Task Disabled_hosts_are_not_dialled()
    {
        await _scene.Store.SetHostStateAsync("a:22", HostState.Disabled, drain: null, CancellationToken.None);
        Assert.Equal("b:22", await _scene.Login("ann", ["a", "b"]).FindAsync());
        await _scene.Store.SetHostStateAsync("b:22", HostState.Disabled, drain: null, CancellationToken.None);
        DestinationException e = await Assert.ThrowsAsync<DestinationException>(_scene.Login("bob", ["a", "b"]).FindAsync);
        Assert.Equal("no destination is in service", e.Message);
        Assert.Equal(0, _scene.Host("a").Dials);
    }

    [Fact]
    public async Task A_silent_host_is_passed_over_for_the_next_one_and_found_out_later()
    {
        _scene.Host("a").IsSilent().Fails("a never answered");
        Login login = _scene.Login("ann", ["a", "b", "c"]);
        Assert.Equal("b:22", await login.FindAsync());
        Assert.Equal((1, 0), (_scene.Host("a").Dials, _scene.Host("c").Dials));
        Assert.Equal(["b:22"], await _scene.ConnectedHostsAsync());
        Assert.Equal("b:22", login.Search.RegisteredHost);
        _scene.Host("a").Answer();
        await login.Race.CloseAsync(login.Race.Find("b:22")).WaitAsync(SearchScene.Patience);
        Assert.Equal(HostState.Down, (await _scene.StateOfAsync("a"))?.State);
    }

    [Fact]
    public async Task A_host_known_to_be_down_is_not_dialled_beside_a_slow_one()
    {
        _scene.Host("a").Fails();
        await _scene.Login("ann", ["a", "b"]).FindAsync();
        _scene.Host("c").IsSilent();
        Task<string> login = _scene.Login("bob", ["c", "a", "d"]).FindAsync();
        Assert.Equal("d:22", await login);
        Assert.Equal(1, _scene.Host("a").Dials);
    }

    [Fact]
    public async Task A_silent_host_is_waited_for_when_there_is_no_other()
    {
        _scene.Host("a").IsSilent();
        _scene.Host("b").IsSilent().Fails();
        Task<string> login = _scene.Login("ann", ["a", "b"]).FindAsync();
        await _scene.Host("b").WaitForDialAsync();
        _scene.Host("b").Answer();
        _scene.Host("a").Answer();
        Assert.Equal("a:22", await login);
    }

    [Fact]
    public async Task The_host_of_a_user_s_other_connection_is_waited_for_though_another_is_ready()
    {
        await _scene.Login("ann", ["b"]).FindAsync();
        _scene.Host("b2").IsSilent();
        await _scene.Store.PutConnectionsAsync([Connection("ann", "b2:22")], CancellationToken.None);
        Login login = _scene.Login("ann", ["a", "b2"]);
        Task<string> found = login.FindAsync();
        await _scene.Host("a").WaitForDialAsync();
        Assert.False(found.IsCompleted);
        _scene.Host("b2").Answer();
        Assert.Equal("b2:22", await found);
        Assert.Equal(ChoiceReason.StickyToLive, login.Search.Choice);
    }

    [Fact]
    public async Task The_host_of_a_user_s_other_connection_is_given_up_when_it_fails()
    {
        _scene.Host("b").Fails();
        await _scene.Store.PutConnectionsAsync([Connection("ann", "b:22")], CancellationToken.None);
        Assert.Equal("a:22", await _scene.Login("ann", ["a", "b"]).FindAsync());
    }

    [Fact]
    public async Task Loyalty_to_a_host_that_hangs_has_an_end()
    {
        _scene.Host("b").IsSilent();
        await _scene.Store.PutConnectionsAsync([Connection("ann", "b:22")], CancellationToken.None);
        Assert.Equal("a:22", await _scene.Login("ann", ["a", "b"], loyalty: TimeSpan.FromMilliseconds(300)).FindAsync());
    }

    [Fact]
    public async Task Who_has_just_left_gets_in_though_the_store_hears_of_it_only_now()
    {
        Login first = _scene.Login("ann", ["a"]);
        await first.FindAsync();
        Task<string> second = _scene.Login("ann", ["a"], request => request with { MaxConnectionsPerUser = 1 }).FindAsync();
        await _scene.Store.EndConnectionAsync(first.Request.Connection.Id, TimeSpan.Zero, TimeSpan.Zero, CancellationToken.None);
        Assert.Equal("a:22", await second);
    }

    [Fact]
    public async Task The_limit_is_told_with_its_numbers_and_nothing_is_dialled()
    {
        await _scene.Login("ann", ["a"]).FindAsync();
        Login second = _scene.Login("ann", ["a"], request => request with { MaxConnectionsPerUser = 1 });
        second.Search.DialAhead();
        LoginRefusedException e = await Assert.ThrowsAsync<LoginRefusedException>(second.FindAsync);
        Assert.Equal("too many connections: user ann has 1 already, 1 are allowed", e.Message);
        Assert.Equal(1, _scene.Host("a").Dials);
        Assert.Equal("", second.Search.RegisteredHost);
    }

    [Fact]
    public async Task What_was_dialled_ahead_is_used()
    {
        Login login = _scene.Login("ann", ["a", "b", "c", "d", "e", "f"], request => request with { Rank = DestinationPolicies.ForLogin(RouteSelect.Random) });
        login.Search.DialAhead();
        while (!login.Race.Dials.Any(dial => dial.HasSucceeded)) await Task.Yield();
        Assert.Empty(await _scene.ConnectedHostsAsync());
        string ahead = login.Race.Dials.Single().Host;
        Assert.Equal(ahead, await login.FindAsync());
        Assert.Single(login.Race.Dials);
    }

    [Fact]
    public async Task A_choice_that_differs_from_what_was_dialled_ahead_is_dialled()
    {
        Login login = _scene.Login("ann", ["a", "b"]);
        login.Search.DialAhead();
        await _scene.Host("a").WaitForDialAsync();
        await _scene.Store.PutConnectionsAsync([Connection("ann", "b:22")], CancellationToken.None);
        Assert.Equal("b:22", await login.FindAsync());
        Assert.Equal(1, _scene.Host("b").Dials);
    }

    [Fact]
    public async Task A_host_that_failed_ahead_is_not_tried_again()
    {
        _scene.Host("a").Fails();
        Login login = _scene.Login("ann", ["a", "b"], request => request with { DownFor = TimeSpan.Zero });
        login.Search.DialAhead();
        await _scene.Host("b").WaitForDialAsync();
        Assert.Equal("b:22", await login.FindAsync());
        Assert.Equal((1, 1), (_scene.Host("a").Dials, _scene.Host("b").Dials));
    }

    [Theory]
    [InlineData("Ordered")]
    [InlineData("Random")]
    [InlineData("Connections")]
    [InlineData("Bandwidth")]
    public async Task Simultaneous_logins_of_a_user_stay_together_though_hosts_fail(string policy)
    {
        RouteSelect select = Enum.Parse<RouteSelect>(policy);
        string[] pool = ["a", "b", "c", "d", "e", "f"];
        foreach (string dead in pool[..4]) _scene.Host(dead).Fails();
        string[] found = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(
            _scene.Login("ann", pool, request => request with { DownFor = TimeSpan.Zero, Rank = DestinationPolicies.ForLogin(select) }).FindAsync)));
        Assert.Single(found.Distinct());
    }

    [Fact]
    public async Task Without_a_store_that_is_needed_nobody_is_let_in()
    {
        Login login = _scene.Login("ann", ["a"], store: AwayStore.Create());
        login.Search.DialAhead();
        LoginRefusedException e = await Assert.ThrowsAsync<LoginRefusedException>(login.FindAsync);
        Assert.Contains("state store", e.Message, StringComparison.Ordinal);
    }

    private static ConnectionRecord Connection(string user, string host) => new()
    {
        Id = "FFFFFFFFFF",
        Gateway = "gw",
        User = user,
        Service = "default",
        Client = "192.0.2.8:1",
        From = "192.0.2.1:22",
        Host = host,
        Start = DateTimeOffset.UtcNow,
    };
}
