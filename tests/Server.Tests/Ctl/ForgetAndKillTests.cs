using System.Text;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class ForgetAndKillTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly CtlFixture _ctl = new();

    [Fact]
    public async Task Persisted_choices_must_match_every_option()
    {
        await PersistAsync(("a", "login", "n1:22"), ("a", "transfer", "n2:22"), ("b", "login", "n1:2200"), ("c", "login", "n3:22"));
        await ForgetAsync("-user", "a", "-service", "nothing");
        Assert.Equal(4, (await LeftAsync()).Length);
        await ForgetAsync("-user", "a", "-host", "n1");
        Assert.Equal(["a transfer n2:22", "b login n1:2200", "c login n3:22"], await LeftAsync());
        await ForgetAsync("-port", "2200");
        await ForgetAsync("-host", "n[2-3]", "-service", "login");
        Assert.Equal(["a transfer n2:22"], await LeftAsync());
        Assert.Contains(await _ctl.EventsAsync(), e => e is { Message: "forget persist -user a -host n1: 1", User: "a", Kind: "ctl", Source: CtlFixture.Actor });
    }

    [Fact]
    public async Task Persisted_choices_show_though_nobody_is_connected()
    {
        await PersistAsync(("a@b", "login/x", "n1:22"));
        Assert.Equal("a@b,login/x,,0,0,0,n1:22,3600\n", (await _ctl.RunAsync("show", "-all", "-csv", "users")).Output);
        _ctl.Time.Now += TimeSpan.FromSeconds(3599.5);
        Assert.Equal("a@b,login/x,,0,0,0,n1:22,1\n", (await _ctl.RunAsync("show", "-all", "-csv", "users")).Output);
        _ctl.Time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal("", (await _ctl.RunAsync("show", "-all", "-csv", "users")).Output);
    }

    [Fact]
    public async Task Known_hosts_are_shown_and_forgotten_by_host()
    {
        foreach ((string host, string key) in new[] { ("n1", "ssh-ed25519 AAAA1"), ("[n1]:2200", "ssh-ed25519 AAAA2"), ("n2", "ssh-rsa AAAA3") })
            await _ctl.Store.PutSharedAsync("known_hosts", host, Encoding.UTF8.GetBytes(key + "\n"), null, None);
        Assert.Contains("{\"Host\":\"n1\",\"Key\":\"ssh-ed25519 AAAA1\"}", (await _ctl.RunAsync("show", "known_hosts", "-json")).Output, StringComparison.Ordinal);
        Assert.Equal(new CtlResult(0, "", "n7:22: no key of it was learned\n"), await _ctl.RunAsync("forget", "known_hosts", "-host", "n1,n7"));
        Assert.Equal("n2,ssh-rsa AAAA3\n", (await _ctl.RunAsync("show", "known_hosts", "-csv")).Output);
        Assert.Equal(0, (await _ctl.RunAsync("forget", "known_hosts", "-all")).Code);
        Assert.Equal("[]\n", (await _ctl.RunAsync("show", "known_hosts", "-json")).Output);
    }

    [Fact]
    public async Task Second_factors_are_forgotten_for_one_user()
    {
        foreach (string key in new[] { "alice/00", "alice/01", "alice/x/00", "alice2/00" }) await _ctl.Store.PutSharedAsync("mfa", key, [1], null, None);
        Assert.Equal(new CtlResult(0, "", ""), await _ctl.RunAsync("forget", "mfa", "-user", "alice"));
        Assert.Equal(["alice/x/00", "alice2/00"], (await _ctl.Store.ListSharedAsync("mfa", None)).Select(e => e.Key));
    }

    [Fact]
    public async Task Sessions_are_killed_by_id_user_and_host()
    {
        await _ctl.ConnectAsync(
            CtlFixture.Connection("0A00000001", "a", "login", "n1:22", CtlFixture.Start), CtlFixture.Connection("0A00000002", "a", "login", "n2:22", CtlFixture.Start),
            CtlFixture.Connection("0A00000003", "b", "login", "n1:22", CtlFixture.Start));
        Assert.Equal([new GatewayOrder(OrderKind.Kill, Connection: "0A00000002", Message: "An administrator has ended this session.")], await KillAsync("1 session is told", "0a00000002"));
        Assert.Equal([new GatewayOrder(OrderKind.Kill, User: "a", Message: "bye")], await KillAsync("2 sessions are told", "-user", "a", "-message", "bye"));
        Assert.Equal([new GatewayOrder(OrderKind.Kill, Host: "n1:22", Message: "bye")], await KillAsync("2 sessions are told", "-host", "n1", "-message", "bye"));
        Assert.Equal([new GatewayOrder(OrderKind.Kill, User: "b", Host: "n1:22", Message: "bye")], await KillAsync("1 session is told", "-host", "n1", "-user", "b", "-message", "bye"));
        Assert.Equal(new CtlResult(1, "", "sshgatewayctl: no session 0A00000009 matches\n"), await _ctl.RunAsync("kill", "0A00000009"));
        Assert.Equal(new CtlResult(1, "", "sshgatewayctl: no session matches\n"), await _ctl.RunAsync("kill", "-user", "c"));
        Assert.Contains(await _ctl.EventsAsync(), e => e is { Message: "kill: bye", User: "b", Host: "n1:22", Connection: "0A00000003", Source: CtlFixture.Actor });
    }

    private async Task<GatewayOrder[]> KillAsync(string output, params string[] arguments)
    {
        await using IAsyncEnumerator<StateChange> changes = _ctl.Store.WatchAsync(None).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        CtlResult result = await _ctl.RunAsync(["kill", .. arguments]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.StartsWith(output, result.Output, StringComparison.Ordinal);
        // The last thing that changes, so that all orders have come before.
        await _ctl.Store.SetErrorBannerAsync(new ErrorBanner("end", null), None);
        List<GatewayOrder> orders = [];
        while (await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)) && changes.Current.Kind != StateChangeKind.Banner)
        {
            if (changes.Current.Order is { } order) orders.Add(order);
        }

        return [.. orders];
    }

    private async Task ForgetAsync(params string[] options) => Assert.Equal(new CtlResult(0, "", ""), await _ctl.RunAsync(["forget", "persist", .. options]));

    private async Task<string[]> LeftAsync() => [.. (await _ctl.Store.GetPersistedAsync(None)).Select(p => $"{p.User} {p.Service} {p.Host}")];

    private async Task PersistAsync(params (string User, string Service, string Host)[] choices)
    {
        foreach ((string user, string service, string host) in choices)
        {
            await _ctl.ConnectAsync(CtlFixture.Connection("ffffffffff", user, service, host, CtlFixture.Start));
            await _ctl.Store.EndConnectionAsync("ffffffffff", TimeSpan.Zero, TimeSpan.FromHours(1), None);
        }
    }
}
