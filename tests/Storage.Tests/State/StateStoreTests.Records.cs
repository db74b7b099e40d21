using System.Text;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

public abstract partial class StateStoreTests
{
    [Fact]
    public async Task Connections_are_put_as_they_are_and_sorted()
    {
        ConnectionRecord second = Connection("bob", "login", "one", "b:22") with { BytesIn = 1, BytesOut = 2, BandwidthIn = 3, BandwidthOut = 4 };
        ConnectionRecord first = Connection("bob", "admin", "two", "b:22");
        ConnectionRecord third = Connection("bob", "login", "one", "b:22");
        await Store.PutConnectionsAsync([second, third], default);
        await Other.PutConnectionsAsync([first], default);
        await Store.PutConnectionsAsync([third with { Details = new Dictionary<string, string> { ["cipher"] = "aes" } }], default);

        IReadOnlyList<ConnectionRecord> live = await Store.GetConnectionsAsync(default);

        Assert.Equal([first.Id, second.Id, third.Id], live.Select(c => c.Id));
        AssertEqual(second, live[1]);
        Assert.Equal("aes", live[2].Details["cipher"]);
    }

    [Fact]
    public async Task Ending_an_unknown_connection_is_no_error()
    {
        await Store.EndConnectionAsync("ffffffffff", TimeSpan.FromSeconds(5), TimeSpan.FromHours(1), default);
        Assert.Empty(await Store.GetPersistedAsync(default));
    }

    [Fact]
    public async Task Traffic_shows_with_connections_and_hosts_and_stays_until_the_next_sample()
    {
        ConnectionRecord one = Connection(), two = Connection("bob"), three = Connection("bob", "login", "two");
        await Store.BeginConnectionAsync(Login(one, "a:22"), default);
        await Store.BeginConnectionAsync(Login(two, "a:22"), default);
        await Other.BeginConnectionAsync(Login(three, "a:22"), default);
        await Store.PutHostCheckAsync("a:22", true, "", default);

        await Store.PutTrafficAsync("one", [new(one.Id, 10, 20, 1, 2, Start.AddHours(1)), new(two.Id, 30, 40, 3, 4, Start.AddHours(2))], default);
        await Other.PutTrafficAsync("two", [new(three.Id, 50, 60, 5, 6, Start.AddHours(3)), new("ffffffffff", 1, 1, 1, 1, Start)], default);
        await Store.PutTrafficAsync("one", [new(one.Id, 11, 22, 7, 8, Start.AddHours(4))], default);

        IReadOnlyList<ConnectionRecord> live = await Other.GetConnectionsAsync(default);
        Assert.Equal(
            [(one.Id, 11L, 22L, 7L, 8L, Start.AddHours(4)), (two.Id, 30L, 40L, 3L, 4L, Start.AddHours(2)), (three.Id, 50L, 60L, 5L, 6L, Start.AddHours(3))],
            live.Select(c => (c.Id, c.BytesIn, c.BytesOut, c.BandwidthIn, c.BandwidthOut, c.LastActive)));
        HostRecord host = Assert.Single(await Other.GetHostsAsync(default));
        Assert.Equal((3, 15L, 18L), (host.Connections, host.BandwidthIn, host.BandwidthOut));

        // Its bandwidth is that of the last interval, until the next one is told.
        await Store.EndConnectionAsync(one.Id, TimeSpan.Zero, TimeSpan.Zero, default);
        await Store.PutTrafficAsync("one", [], default);
        host = Assert.Single(await Other.GetHostsAsync(default));
        Assert.Equal((2, 8L, 10L), (host.Connections, host.BandwidthIn, host.BandwidthOut));
    }

    [Fact]
    public async Task A_check_changes_the_state_of_a_host_but_not_of_a_disabled_one()
    {
        await Store.PutHostCheckAsync("b:22", false, "connection refused", default);
        await Store.PutHostCheckAsync("a:22", true, "ignored", default);
        await Other.SetHostStateAsync("c:22", HostState.Disabled, new HostDrain(Start.AddHours(2), "maintenance at \"noon\""), default);
        DateTimeOffset disabledAt = (await Store.GetHostsAsync(default)).Single(h => h.Host == "c:22").CheckedAt;
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await Store.PutHostCheckAsync("c:22", false, "refused", default);

        IReadOnlyList<HostRecord> hosts = await Other.GetHostsAsync(default);

        Assert.Equal(
            [("a:22", HostState.Up, ""), ("b:22", HostState.Down, "connection refused"), ("c:22", HostState.Disabled, "")],
            hosts.Select(h => (h.Host, h.State, h.Reason)));
        Assert.Equal(new HostDrain(Start.AddHours(2), "maintenance at \"noon\""), hosts[2].Drain);
        Assert.True(hosts[2].CheckedAt >= disabledAt);

        await Store.SetHostStateAsync("c:22", HostState.Up, null, default);
        HostRecord enabled = (await Other.GetHostsAsync(default))[2];
        Assert.Equal((HostState.Up, null), (enabled.State, enabled.Drain));
    }

    [Fact]
    public async Task A_forgotten_host_is_gone()
    {
        await Store.PutHostCheckAsync("a:22", true, "", default);
        Assert.True(await Other.ForgetHostAsync("a:22", default));
        Assert.False(await Other.ForgetHostAsync("a:22", default));
        Assert.Empty(await Store.GetHostsAsync(default));
    }

    [Fact]
    public async Task Persisted_choices_are_forgotten_when_every_part_given_matches()
    {
        foreach ((string user, string service, string host) in new[] { ("alice", "login", "a:22"), ("alice", "x", "a:2222"), ("bob", "login", "::1:22"), ("bob", "x", "b:22") })
        {
            ConnectionRecord connection = Connection(user, service, "one");
            await Store.BeginConnectionAsync(Login(connection, host), default);
            await Store.EndConnectionAsync(connection.Id, TimeSpan.Zero, TimeSpan.FromHours(1), default);
        }
        await Store.PutHostCheckAsync("b:22", true, "", default);
        Assert.Equal(1, Assert.Single(await Store.GetHostsAsync(default)).Persisted);
        PersistRecord first = (await Other.GetPersistedAsync(default))[0];
        Assert.Equal(("alice", "login", "a:22"), (first.User, first.Service, first.Host));

        Assert.Equal(0, await Store.ForgetPersistedAsync(new PersistFilter(User: "alice", Host: "b"), default));
        Assert.Equal(1, await Store.ForgetPersistedAsync(new PersistFilter(Host: "a", Port: "22"), default));
        Assert.Equal(1, await Store.ForgetPersistedAsync(new PersistFilter(Host: "::1"), default));
        Assert.Equal(["alice", "bob"], (await Other.GetPersistedAsync(default)).Select(p => p.User));
        Assert.Equal(2, await Store.ForgetPersistedAsync(new PersistFilter(Service: "x"), default));
    }

    [Fact]
    public async Task The_error_banner_expires()
    {
        Assert.Null(await Store.GetErrorBannerAsync(default));
        await Store.SetErrorBannerAsync(new ErrorBanner("down\nuntil 'noon' – sorry", null), default);
        Assert.Equal(new ErrorBanner("down\nuntil 'noon' – sorry", null), await Other.GetErrorBannerAsync(default));

        DateTimeOffset expires = (await StoreTimeAsync()).AddMinutes(1);
        await Store.SetErrorBannerAsync(new ErrorBanner("short", expires), default);
        Assert.Equal(new ErrorBanner("short", expires), await Other.GetErrorBannerAsync(default));
        await AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Null(await Other.GetErrorBannerAsync(default));

        await Store.SetErrorBannerAsync(new ErrorBanner("x", null), default);
        await Store.SetErrorBannerAsync(null, default);
        Assert.Null(await Other.GetErrorBannerAsync(default));
    }

    [Fact]
    public async Task Events_come_newest_first_and_filtered()
    {
        EventRecord login = new() { Time = Start, Kind = "login", Gateway = "one", Connection = "1", User = "alice", Source = "192.0.2.1:1", Host = "a:22", Message = "m" };
        EventRecord refusal = new() { Time = Start.AddSeconds(1), Kind = "refusal", User = "bob", Message = "limit" };
        EventRecord host = new() { Time = Start.AddSeconds(2), Kind = "host", Host = "a:22", Message = "down" };
        await Store.AddEventsAsync([login, refusal], default);
        await Other.AddEventsAsync([host], default);

        Assert.Equal([host, refusal, login], await Store.GetEventsAsync(new EventFilter(), default));
        Assert.Equal([host, refusal], await Store.GetEventsAsync(new EventFilter(Limit: 2), default));
        Assert.Equal([refusal], await Other.GetEventsAsync(new EventFilter(Kind: "refusal"), default));
        Assert.Equal([login], await Other.GetEventsAsync(new EventFilter(User: "alice"), default));
        Assert.Equal([host, login], await Other.GetEventsAsync(new EventFilter(Host: "a:22"), default));
        Assert.Equal([host, refusal], await Other.GetEventsAsync(new EventFilter(Since: Start.AddSeconds(1)), default));
    }

    [Fact]
    public async Task Recordings_are_put_replaced_filtered_and_removed()
    {
        RecordingRecord running = new()
        {
            Id = "/var/dump/1",
            Connection = "1",
            Gateway = "one",
            User = "alice",
            Host = "a:22",
            Command = "cat 'x'",
            Start = Start,
            Location = "/var/dump/1",
            Format = "dump",
            Status = "running",
        };
        RecordingRecord later = running with { Id = "/var/dump/2", User = "bob", Start = Start.AddDays(1) };
        await Store.PutRecordingAsync(running, default);
        await Store.PutRecordingAsync(later, default);
        RecordingRecord complete = running with { End = Start.AddHours(1), Bytes = 1L << 40, Sha256 = "00ff", Status = "complete" };
        await Store.PutRecordingAsync(complete, default);

        Assert.Equal([later, complete], await Other.GetRecordingsAsync(new RecordingFilter(), default));
        Assert.Equal([complete], await Other.GetRecordingsAsync(new RecordingFilter(User: "alice"), default));
        Assert.Equal([later], await Other.GetRecordingsAsync(new RecordingFilter(Since: Start.AddDays(1)), default));
        Assert.Equal([complete], await Other.GetRecordingsAsync(new RecordingFilter(Before: Start.AddDays(1)), default));
        Assert.Equal([later], await Other.GetRecordingsAsync(new RecordingFilter(Limit: 1), default));
        await Other.RemoveRecordingAsync("/var/dump/1", default);
        Assert.Equal([later], await Store.GetRecordingsAsync(new RecordingFilter(), default));
    }

    [Fact]
    public async Task Shared_values_expire_and_are_listed_by_area()
    {
        await Store.PutSharedAsync("known_hosts", "b", [1, 0, 255], null, default);
        await Store.PutSharedAsync("known_hosts", "a", Encoding.UTF8.GetBytes("x"), TimeSpan.FromMinutes(1), default);
        await Store.PutSharedAsync("known_hosts2", "a", [], null, default);

        Assert.Equal("0100FF", Convert.ToHexString((await Other.GetSharedAsync("known_hosts", "b", default))!));
        Assert.Equal(["a", "b"], (await Other.ListSharedAsync("known_hosts", default)).Select(p => p.Key));
        Assert.Empty((await Other.GetSharedAsync("known_hosts2", "a", default))!);
        await AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Null(await Other.GetSharedAsync("known_hosts", "a", default));
        Assert.Equal(["b"], (await Other.ListSharedAsync("known_hosts", default)).Select(p => p.Key));
        await Other.PutSharedAsync("known_hosts", "b", null, null, default);
        Assert.Null(await Store.GetSharedAsync("known_hosts", "b", default));
    }

    [Fact]
    public async Task Of_values_that_are_added_at_once_one_stays_and_everybody_gets_it()
    {
        byte[][] held = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? Store : Other).AddSharedAsync("known_hosts", "a", [(byte)i], default)));

        Assert.Single(held.Select(value => value[0]).Distinct());
        Assert.Equal(held[0], await Other.GetSharedAsync("known_hosts", "a", default));
        Assert.Equal(held[0], await Store.AddSharedAsync("known_hosts", "a", [99], default));
        await Store.PutSharedAsync("known_hosts", "a", [77], TimeSpan.FromMinutes(1), default);
        await AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Equal([88], await Other.AddSharedAsync("known_hosts", "a", [88], default));
        await AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Equal([88], await Store.GetSharedAsync("known_hosts", "a", default));
    }

    [Fact]
    public async Task A_list_without_details_is_otherwise_the_same()
    {
        await Store.PutConnectionsAsync([Connection("bob"), Connection("alice"), Connection("alice", "other")], default);
        await Store.PutTrafficAsync("one", [new TrafficSample((await Store.GetConnectionsAsync(default))[0].Id, 1, 2, 3, 4, Start.AddMinutes(1))], default);

        IReadOnlyList<ConnectionRecord> full = await Other.GetConnectionsAsync(default), bare = await Other.GetBareConnectionsAsync(default);

        Assert.Equal(
            full.Select(c => (c.Id, c.User, c.Service, c.Client, c.From, c.Host, c.Start, c.LastActive, c.BytesIn, c.BytesOut, c.BandwidthIn, c.BandwidthOut)),
            bare.Select(c => (c.Id, c.User, c.Service, c.Client, c.From, c.Host, c.Start, c.LastActive, c.BytesIn, c.BytesOut, c.BandwidthIn, c.BandwidthOut)));
        Assert.Equal((1, 2, 3, 4, Start.AddMinutes(1)), (bare[0].BytesIn, bare[0].BytesOut, bare[0].BandwidthIn, bare[0].BandwidthOut, bare[0].LastActive));
    }

    [Theory]
    [InlineData("a@b")]
    [InlineData("a/b")]
    [InlineData("o'hara \"x\" \\ ; drop table")]
    [InlineData("Ünïcødé 名前 🚀")]
    [InlineData("")]
    [InlineData("nul\0inside")]
    [InlineData("lone \ud800 surrogate")]
    public async Task Any_name_of_user_and_service_is_as_good_as_another(string name)
    {
        ConnectionRecord connection = Connection(name, name), similar = Connection(name + "2", name, "two");
        await Store.BeginConnectionAsync(Login(connection, "b:22") with { MaxConnectionsPerUser = 1, Persist = TimeSpan.FromHours(1) }, default);

        LoginDecision refused = await Other.BeginConnectionAsync(Login(Connection(name, name, "two")) with { MaxConnectionsPerUser = 1 }, default);
        LoginDecision other = await Other.BeginConnectionAsync(Login(similar) with { MaxConnectionsPerUser = 1 }, default);

        Assert.Equal(LoginOutcome.LimitReached, refused.Outcome);
        Assert.Equal((LoginOutcome.Chosen, "a:22", ChoiceReason.Ranked), (other.Outcome, other.Host, other.Choice));
        await Store.AddEventsAsync([new EventRecord { Time = Start, Kind = "login", User = name, Message = name }], default);
        Assert.Single(await Store.GetEventsAsync(new EventFilter(User: name), default));
        Assert.Equal(2, (await Store.GetConnectionsAsync(default)).Count);
        Assert.Equal(1, await Store.ForgetPersistedAsync(new PersistFilter(User: name, Service: name), default));
    }

    /// <summary>The store's clock, as a check of a host shows it.</summary>
    private async Task<DateTimeOffset> StoreTimeAsync()
    {
        await Store.PutHostCheckAsync("clock:1", true, "", default);
        return (await Store.GetHostsAsync(default)).Single(h => h.Host == "clock:1").CheckedAt;
    }
}
