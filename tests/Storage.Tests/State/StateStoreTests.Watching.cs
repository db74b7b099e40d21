using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

public abstract partial class StateStoreTests
{
    [Fact]
    public async Task Changes_reach_whoever_watches_elsewhere()
    {
        await using var watch = await WatchedChanges.StartAsync(Other);

        await Store.SetHostStateAsync("a:22", HostState.Disabled, null, default);
        Assert.Equal(new StateChange(StateChangeKind.Hosts, "a:22"), await watch.NextAsync());
        await Store.SetErrorBannerAsync(new ErrorBanner("x", null), default);
        Assert.Equal(StateChangeKind.Banner, (await watch.NextAsync()).Kind);
        await Store.PutSharedAsync("known_hosts", "a/b", [1], null, default);
        Assert.Equal(new StateChange(StateChangeKind.Shared, "known_hosts/a/b"), await watch.NextAsync());
        GatewayOrder order = new(OrderKind.Kill, User: "o'hara", Message: "über\n\"x\"");
        await Store.SendOrderAsync(order, default);
        Assert.Equal(new StateChange(StateChangeKind.Order, "", order), await watch.NextAsync());
        GatewayOrder tell = new(OrderKind.Tell, Connection: "00000000ff", Host: "a:22", Message: new string('m', 20_000));
        await Store.SendOrderAsync(tell, default);
        Assert.Equal(tell, (await watch.NextAsync()).Order);
    }

    [Fact]
    public async Task Checks_that_find_nothing_new_are_not_told()
    {
        await using var watch = await WatchedChanges.StartAsync(Other);

        await Store.PutHostCheckAsync("a:22", true, "", default);
        await Store.PutHostCheckAsync("a:22", true, "", default);
        await Store.PutHostCheckAsync("a:22", false, "refused", default);
        await Store.SetHostStateAsync("b:22", HostState.Up, null, default);

        Assert.Equal(["a:22", "a:22", "b:22"], [(await watch.NextAsync()).Key, (await watch.NextAsync()).Key, (await watch.NextAsync()).Key]);
    }

    [Fact]
    public async Task Forgetting_is_told()
    {
        ConnectionRecord connection = Connection();
        await Store.BeginConnectionAsync(Login(connection) with { Persist = TimeSpan.FromHours(1) }, default);
        await Store.PutHostCheckAsync("a:22", true, "", default);
        await using var watch = await WatchedChanges.StartAsync(Other);

        await Store.ForgetHostAsync("a:22", default);
        Assert.Equal("a:22", (await watch.NextAsync(StateChangeKind.Hosts)).Key);
        await Store.ForgetPersistedAsync(new PersistFilter(User: "alice"), default);
        await watch.NextAsync(StateChangeKind.Persisted);
    }

    [Fact]
    public async Task Watching_ends_by_cancellation()
    {
        await using var watch = await WatchedChanges.StartAsync(Store);
        await watch.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch.NextAsync());
    }
}
