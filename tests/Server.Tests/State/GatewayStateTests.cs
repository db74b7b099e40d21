using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using SshGateway.Server.State;
using SshGateway.Server.Tests.Relay;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.State;

public sealed class GatewayStateTests
{
    [Fact]
    public async Task A_gateway_is_there_from_start_to_stop()
    {
        var scene = new StateScene();
        await scene.State.StartAsync(["192.0.2.1:22"], CancellationToken.None);
        GatewayRecord gateway = Assert.Single(await scene.Store.GetGatewaysAsync(CancellationToken.None));
        Assert.Equal(("gw1", "192.0.2.1:22"), (gateway.Id, Assert.Single(gateway.Addresses)));
        await scene.State.StopAsync(new CancellationTokenSource(StateScene.Patience).Token);
        Assert.Empty(await scene.Store.GetGatewaysAsync(CancellationToken.None));
        Assert.Equal(["stopped", "started"], (await scene.Store.GetEventsAsync(new EventFilter(), CancellationToken.None)).Select(happened => happened.Message.Split(',')[0]));
        await scene.DisposeAsync();
    }

    [Fact]
    public async Task A_reload_while_the_gateway_starts_is_not_undone_by_the_start()
    {
        await using var scene = new StateScene();
        var reloaded = new GatewayConfiguration { State = new StateConfiguration { Lease = TimeSpan.FromHours(1) } };
        await scene.State.ApplyAsync(reloaded, ["192.0.2.1:2222"], CancellationToken.None);
        await scene.State.StartAsync(["192.0.2.1:22"], CancellationToken.None);
        GatewayRecord gateway = Assert.Single(await scene.Store.GetGatewaysAsync(CancellationToken.None));
        Assert.Equal("192.0.2.1:2222", Assert.Single(gateway.Addresses));
        Assert.True(gateway.LeaseUntil > DateTimeOffset.UtcNow.AddMinutes(30));
        await scene.State.StopAsync(new CancellationTokenSource(StateScene.Patience).Token);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("host")]
    [InlineData("connection")]
    public async Task An_order_to_kill_ends_the_sessions_it_names_and_no_other(string by)
    {
        await using var scene = new StateScene();
        await scene.State.StartAsync([], CancellationToken.None);
        (LiveConnection named, RelayFixture relay) = await scene.LogInAsync("ann", "a:22");
        (_, RelayFixture other) = await scene.LogInAsync("bob", "b:22");
        await StateScene.EventuallyAsync(() => SendUntilWatched(scene, by, named, relay));
        RelayEnd end = await relay.Running.WaitAsync(StateScene.Patience);
        Assert.NotNull(end);
        Assert.False(other.Running.IsCompleted);
        var closed = await Assert.ThrowsAsync<SshConnectionClosedException>(() => relay.ReadAsync(Side.Client));
        Assert.Contains("maintenance", closed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_to_kill_that_names_nobody_ends_nobody()
    {
        await using var scene = new StateScene();
        (_, RelayFixture relay) = await scene.LogInAsync("ann", "a:22");
        scene.State.Orders.Carry(new GatewayOrder(OrderKind.Kill));
        Assert.False(relay.Running.IsCompleted);
    }

    [Fact]
    public async Task A_message_reaches_the_sessions_it_is_for()
    {
        await using var scene = new StateScene();
        (LiveConnection ann, _) = await scene.LogInAsync("ann", "a:22");
        await scene.LogInAsync("bob", "b:22");
        var told = new List<string>();
        scene.State.Orders.Tell = (session, text) => told.Add($"{session.Id} {text}");
        scene.State.Orders.Carry(new GatewayOrder(OrderKind.Tell, Host: "a:22", Message: "save your work"));
        Assert.Equal([$"{ann.Record.Id} save your work"], told);
    }

    [Fact]
    public async Task Sessions_on_a_drained_host_end_when_its_time_is_over()
    {
        await using var scene = new StateScene();
        await scene.State.StartAsync([], CancellationToken.None);
        (_, RelayFixture drained) = await scene.LogInAsync("ann", "a:22");
        (_, RelayFixture later) = await scene.LogInAsync("ann", "c:22");
        (_, RelayFixture other) = await scene.LogInAsync("ann", "b:22");
        await scene.Store.SetHostStateAsync("a:22", HostState.Disabled, new HostDrain(DateTimeOffset.UtcNow.AddSeconds(-1), "new kernel"), CancellationToken.None);
        await scene.Store.SetHostStateAsync("c:22", HostState.Disabled, new HostDrain(DateTimeOffset.UtcNow.AddHours(1), "new kernel"), CancellationToken.None);
        await drained.Running.WaitAsync(StateScene.Patience);
        Assert.False(later.Running.IsCompleted || other.Running.IsCompleted);
    }

    [Fact]
    public async Task The_error_banner_of_the_store_is_known_and_expires()
    {
        await using var scene = new StateScene();
        await scene.State.StartAsync([], CancellationToken.None);
        await scene.Store.SetErrorBannerAsync(new ErrorBanner("closed until noon", DateTimeOffset.UtcNow.AddHours(1)), CancellationToken.None);
        await StateScene.EventuallyAsync(() => Task.FromResult(scene.State.ErrorBanner == "closed until noon"));
        await scene.Store.SetErrorBannerAsync(banner: null, CancellationToken.None);
        await StateScene.EventuallyAsync(() => Task.FromResult(scene.State.ErrorBanner is null));
    }

    [Fact]
    public async Task Traffic_is_reported_while_it_passes_and_once_when_it_has_stopped()
    {
        await using var scene = new StateScene();
        (LiveConnection connection, RelayFixture relay) = await scene.LogInAsync("ann", "a:22");
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.SendAsync(Side.Client, MessageId.ChannelData, (ref SshWriter writer) =>
        {
            writer.WriteUInt32(channel);
            writer.WriteString("twelve bytes");
        });
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        var reporter = new TrafficReporter(scene.Store, scene.State.Gateway, scene.State.Connections, TimeProvider.System);
        await reporter.ReportAsync(CancellationToken.None);
        ConnectionRecord busy = await scene.StoredAsync(connection);
        Assert.Equal((12, 0), (busy.BytesIn, busy.BytesOut));
        Assert.True(busy.BandwidthIn > 0 && busy.LastActive > busy.Start);
        await reporter.ReportAsync(CancellationToken.None);
        ConnectionRecord idle = await scene.StoredAsync(connection);
        Assert.Equal((12, 0, busy.LastActive), (idle.BytesIn, idle.BandwidthIn, idle.LastActive));
    }

    [Fact]
    public async Task Details_written_after_the_end_do_not_bring_a_connection_back()
    {
        await using var scene = new StateScene();
        (LiveConnection connection, _) = await scene.LogInAsync("ann", "a:22");
        scene.State.Connections.Update(connection, connection.Record with { Details = new Dictionary<string, string> { ["auth"] = "publickey" } });
        await scene.State.Connections.EndAsync(connection, TimeSpan.Zero, TimeSpan.Zero);
        await scene.State.StartAsync([], CancellationToken.None);
        await scene.State.StopAsync(new CancellationTokenSource(StateScene.Patience).Token);
        Assert.Empty(await scene.Store.GetConnectionsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_a_lost_lease_took_is_put_again()
    {
        await using var scene = new StateScene(TimeSpan.FromSeconds(1));
        await scene.State.StartAsync([], CancellationToken.None);
        (LiveConnection connection, _) = await scene.LogInAsync("ann", "a:22");
        await scene.Store.ReleaseLeaseAsync("gw1", CancellationToken.None);
        Assert.Empty(await scene.Store.GetConnectionsAsync(CancellationToken.None));
        await StateScene.EventuallyAsync(async () => (await scene.Store.GetConnectionsAsync(CancellationToken.None)).Any(stored => stored.Id == connection.Record.Id));
    }

    private static async Task<bool> SendUntilWatched(StateScene scene, string by, LiveConnection named, RelayFixture relay)
    {
        GatewayOrder order = new(OrderKind.Kill, Message: "maintenance");
        await scene.Store.SendOrderAsync(by switch
        {
            "user" => order with { User = "ann" },
            "host" => order with { Host = "a:22" },
            _ => order with { Connection = named.Record.Id },
        }, CancellationToken.None);
        return named.IsEnding || relay.Running.IsCompleted;
    }
}
