using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class HostCommandTests
{
    private readonly CtlFixture _ctl = new();

    [Fact]
    public async Task Enable_all_touches_disabled_hosts_only()
    {
        await KnowAsync("n1:22", "n2:22", "n3:22");
        await _ctl.Store.PutHostCheckAsync("n2:22", false, "refused", CancellationToken.None);
        await RunAsync("disable", "-host", "n1,n3");
        await RunAsync("enable", "-all");
        Assert.Equal(["n1:22 up", "n2:22 down", "n3:22 up"], await StatesAsync());
        await RunAsync("enable", "host", "-host", "n2");
        Assert.Equal(["n1:22 up", "n2:22 up", "n3:22 up"], await StatesAsync());
    }

    [Fact]
    public async Task Disable_and_forget_all_mean_every_known_host()
    {
        await KnowAsync("n1:22", "n2:2222");
        await RunAsync("disable", "-all");
        Assert.Equal(["n1:22 disabled", "n2:2222 disabled"], await StatesAsync());
        await RunAsync("forget", "host", "-all");
        Assert.Empty(await StatesAsync());
        await RunAsync("forget", "host", "-all");
    }

    [Fact]
    public async Task Without_a_port_it_is_each_known_or_configured_one_else_22()
    {
        _ctl.Configuration = "dest: ['n2:2022', n9]\noverrides: [{match: [{users: [u]}], dest: ['n2:2023']}]\n";
        await KnowAsync("n1:2200", "n1:2201", "n2:2022");
        await RunAsync("disable", "-host", "n[1-3]");
        Assert.Equal(["n1:2200 disabled", "n1:2201 disabled", "n2:2022 disabled", "n2:2023 disabled", "n3:22 disabled"], await StatesAsync());
    }

    [Fact]
    public async Task Hosts_never_seen_can_be_named_with_ports_and_addresses()
    {
        await RunAsync("disable", "-host", "n[08-10]", "-port", "[22-23]");
        await RunAsync("disable", "-host", "n1:2022,n2:2023");
        await RunAsync("disable", "-host", "2001:db8::1", "-port", "2200");
        await RunAsync("disable", "-host", "[2001:db8::2]:2201");
        Assert.Equal(
            [
                "[2001:db8::1]:2200 disabled", "[2001:db8::2]:2201 disabled", "n08:22 disabled", "n08:23 disabled", "n09:22 disabled", "n09:23 disabled",
                "n10:22 disabled", "n10:23 disabled", "n1:2022 disabled", "n2:2023 disabled",
            ],
            await StatesAsync());
    }

    [Fact]
    public async Task Forgetting_an_unknown_host_says_so()
    {
        await KnowAsync("n1:22");
        Assert.Equal(new CtlResult(0, "", "n7:22: nothing was known of it\n"), await _ctl.RunAsync("forget", "host", "-host", "n1,n7"));
        Assert.Empty(await StatesAsync());
    }

    [Fact]
    public async Task A_drain_has_an_end_and_a_message_and_is_told_at_once()
    {
        await KnowAsync("n1:22", "n2:22");
        await _ctl.ConnectAsync(CtlFixture.Connection("0000000001", "alice", "login", "n1:22", CtlFixture.Start));
        await using IAsyncEnumerator<StateChange> changes = _ctl.Store.WatchAsync(CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync());
        await RunAsync("disable", "-host", "n1", "-drain", "2h", "-message", "n1 gets a new disk");
        var orders = new List<GatewayOrder>();
        while (orders.Count == 0 && await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)))
        {
            if (changes.Current.Order is { } order) orders.Add(order);
        }

        Assert.Equal([new GatewayOrder(OrderKind.Tell, Host: "n1:22", Message: "n1 gets a new disk")], orders);
        HostRecord host = (await _ctl.Store.GetHostsAsync(CancellationToken.None))[0];
        Assert.Equal(new HostDrain(CtlFixture.Start.AddHours(2), "n1 gets a new disk"), host.Drain);

        CtlResult table = await _ctl.RunAsync("show", "hosts");
        Assert.Contains("│ n1:22 │ draining │", table.Output, StringComparison.Ordinal);
        Assert.EndsWith("┘\nn1:22 is draining until 2026-11-22 09:16:00, 1 to go: n1 gets a new disk\n", table.Output, StringComparison.Ordinal);
        Assert.StartsWith("n1:22,disabled,", (await _ctl.RunAsync("show", "hosts", "-csv")).Output, StringComparison.Ordinal);
        Assert.Contains(
            ",\"State\":\"disabled\",\"Ts\":\"2026-11-22T07:16:00Z\",\"Drain\":{\"Until\":\"2026-11-22T09:16:00Z\",\"Message\":\"n1 gets a new disk\",\"Remaining\":1}},{",
            (await _ctl.RunAsync("show", "hosts", "-json")).Output, StringComparison.Ordinal);

        await RunAsync("enable", "-host", "n1");
        Assert.DoesNotContain("drain", (await _ctl.RunAsync("show", "hosts")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_without_a_message_has_one_of_its_own()
    {
        await RunAsync("disable", "-host", "n1", "-drain", "30m");
        HostDrain? drain = (await _ctl.Store.GetHostsAsync(CancellationToken.None))[0].Drain;
        Assert.Contains("2026-11-22 07:46:00", drain!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_change_is_an_event_with_who_made_it()
    {
        await RunAsync("disable", "-host", "n[1-2]");
        await RunAsync("forget", "host", "-host", "n1");
        EventRecord[] events = await _ctl.EventsAsync();
        Assert.All(events, e => Assert.Equal(("ctl", CtlFixture.Actor), (e.Kind, e.Source)));
        Assert.Equal(
            [("disable host", "n1:22"), ("disable host", "n2:22"), ("forget host", "n1:22")],
            events.Select(e => (e.Message, e.Host)).Order());
    }

    [Fact]
    public async Task States_have_colours_on_a_terminal_alone()
    {
        await KnowAsync("n1:22");
        _ctl.Terminal = new Terminal(true, 0, 0, true);
        string colored = (await _ctl.RunAsync("show", "hosts")).Output;
        Assert.Contains("│ \u001b[32m   up\u001b[0m │", colored, StringComparison.Ordinal);
        Assert.Contains("│ \u001b[1mHOST \u001b[0m │", colored, StringComparison.Ordinal);
        _ctl.Terminal = new Terminal(true, 0, 0, false);
        Assert.DoesNotContain("\u001b", (await _ctl.RunAsync("show", "hosts")).Output, StringComparison.Ordinal);
    }

    private async Task KnowAsync(params string[] hosts)
    {
        foreach (string host in hosts) await _ctl.Store.PutHostCheckAsync(host, true, "", CancellationToken.None);
    }

    private async Task RunAsync(params string[] line) => Assert.Equal(new CtlResult(0, "", ""), await _ctl.RunAsync(line));

    private async Task<string[]> StatesAsync() =>
        [.. (await _ctl.RunAsync("show", "hosts", "-csv")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(',')[..2]))];
}
