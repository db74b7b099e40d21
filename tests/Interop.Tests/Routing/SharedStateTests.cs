using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Several gateways on one store, whichever it is, and what operators order through it.</summary>
public abstract partial class SharedStateTests
{
    private readonly RoutingBed _bed;

    private protected SharedStateTests(RoutingBed bed) => _bed = bed;

    /// <summary>An empty database, as <c>state.database</c> names it.</summary>
    private protected abstract Task<string> NewDatabaseAsync();

    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(60);

    [GatewayFact]
    public async Task Two_gateways_keep_a_user_together_and_count_his_connections_together()
    {
        string state = await NewStateAsync("max_connections_per_user: 3\nroute_select: random\n");
        (_, Route first) = await _bed.StartAsync(state);
        (_, Route second) = await _bed.StartAsync(state);
        await using HeldSession one = await RoutingBed.HoldAsync(first);
        await using HeldSession two = await RoutingBed.HoldAsync(second);
        Assert.Equal(one.Host, two.Host);
        for (int i = 0; i < 3; i++) Assert.Equal(one.Host, await EventuallyInAsync(i % 2 == 0 ? first : second));
        await using HeldSession three = await HoldEventuallyAsync(first);
        ProcessResult refused = await second.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        Assert.Contains("has 3 already, 3 are allowed", refused.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task The_connections_of_a_killed_gateway_vanish_with_its_lease()
    {
        string database = await NewDatabaseAsync();
        string state = $"max_connections_per_user: 1\nstate:\n  database: \"{database}\"\n  timeout: 20s\n  lease: 2s\n";
        (GatewayProcess doomed, Route first) = await _bed.StartAsync(state);
        (_, Route second) = await _bed.StartAsync(state);
        await using HeldSession held = await RoutingBed.HoldAsync(first);
        await using IStateStore store = StateStores.Open(database);
        Assert.Single(await store.GetConnectionsAsync(default));
        Assert.Equal(1, (await second.SshAsync("target", "echo never")).ExitStatus);
        doomed.Signal(NativeMethods.SignalKill);
        await Eventually.BecomesTrueAsync(async () => (await store.GetConnectionsAsync(default)).Count == 0, "its connection is gone", LongPatience);
        Assert.Equal(0, (await second.SshAsync("target", "true")).ExitStatus);
    }

    [GatewayFact]
    public async Task A_host_that_one_gateway_found_down_is_not_tried_by_the_other()
    {
        string dead = $"{RoutingBed.Address(7)}:{LoopbackPort.Free()}";
        string state = await NewStateAsync("mode: balanced\ncheck_interval: 10m\n");
        (GatewayProcess first, Route one) = await _bed.StartAsync(state, [dead, _bed.Hosts[0]]);
        (GatewayProcess second, Route two) = await _bed.StartAsync(state, [dead, _bed.Hosts[0]]);
        Assert.Equal(_bed.Hosts[0], await RoutingBed.WhereAsync(one));
        Assert.Equal(_bed.Hosts[0], await RoutingBed.WhereAsync(two));
        Assert.Contains($"destination {dead} failed", first.LogText, StringComparison.Ordinal);
        Assert.False(second.LogText.Contains($"destination {dead} failed", StringComparison.Ordinal), second.LogText);
    }

    [GatewayFact]
    public async Task An_order_to_kill_ends_a_session_with_its_message_and_leaves_the_others()
    {
        string database = await NewDatabaseAsync();
        (_, Route route) = await _bed.StartAsync($"state:\n  database: \"{database}\"\n  timeout: 20s\n");
        await using HeldSession victim = await RoutingBed.HoldAsync(route);
        await using HeldSession other = await RoutingBed.HoldAsync(route, "-l", RoutingBed.OtherUser);
        await using IStateStore store = StateStores.Open(database);
        await store.SendOrderAsync(new GatewayOrder(OrderKind.Kill, User: Environment.UserName, Message: "the machine is needed"), default);
        ProcessResult result = await victim.Ssh.CompleteAsync();
        Assert.Equal(255, result.ExitStatus);
        Assert.Contains("the machine is needed", result.ErrorText, StringComparison.Ordinal);
        Assert.False(other.Ssh.HasExited);
        ConnectionRecord left = Assert.Single(await store.GetConnectionsAsync(default), connection => connection.User == RoutingBed.OtherUser);
        Assert.Equal(other.Host, left.Host);
    }

    [GatewayFact]
    public async Task A_message_shows_on_terminals()
    {
        string database = await NewDatabaseAsync();
        (_, Route route) = await _bed.StartAsync($"state:\n  database: \"{database}\"\n  timeout: 20s\n");
        await using PseudoTerminal terminal = route.StartSshOnTerminal(["-tt", "target", "echo ready; cat"]);
        await terminal.WaitForAsync("ready");
        await using IStateStore store = StateStores.Open(database);
        await store.SendOrderAsync(new GatewayOrder(OrderKind.Tell, Message: "going down at noon"), default);
        await terminal.WaitForAsync("going down at noon");
    }

    [GatewayFact]
    public async Task A_drained_host_gets_nobody_new_and_is_cleared_in_the_end()
    {
        string database = await NewDatabaseAsync();
        (_, Route route) = await _bed.StartAsync($"state:\n  database: \"{database}\"\n  timeout: 20s\n");
        await using HeldSession held = await RoutingBed.HoldAsync(route);
        await using IStateStore store = StateStores.Open(database);
        await store.SetHostStateAsync(held.Host, HostState.Disabled, new HostDrain(DateTimeOffset.UtcNow.AddHours(1), "new kernel"), default);
        Assert.NotEqual(held.Host, await RoutingBed.WhereAsync(route));
        Assert.False(held.Ssh.HasExited);
        await store.SetHostStateAsync(held.Host, HostState.Disabled, new HostDrain(DateTimeOffset.UtcNow, "new kernel"), default);
        ProcessResult result = await held.Ssh.CompleteAsync();
        Assert.Contains("new kernel", result.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task The_store_knows_a_connection_with_its_details_and_its_history()
    {
        string database = await NewDatabaseAsync();
        (_, Route route) = await _bed.StartAsync($"stats_interval: 1s\nstate:\n  database: \"{database}\"\n  timeout: 20s\n");
        await using HeldSession held = await RoutingBed.HoldAsync(route);
        await using IStateStore store = StateStores.Open(database);
        ConnectionRecord? seen = null;
        await Eventually.BecomesTrueAsync(
            async () => (seen = (await store.GetConnectionsAsync(default)).SingleOrDefault()) is { BytesOut: > 0 } && seen.Details.ContainsKey("client_kex"), "details and traffic");
        Assert.Equal((Environment.UserName, "default", held.Host, $"127.0.0.1:{route.Port}"), (seen!.User, seen.Service, seen.Host, seen.From));
        Assert.Equal(("publickey", "curve25519-sha256", "no"), (seen.Details["auth"], seen.Details["client_kex"], seen.Details["client_pq"]));
        Assert.Equal(Environment.UserName, seen.Details["destination_user"]);
        await held.EndAsync();
        await Eventually.BecomesTrueAsync(async () => (await store.GetConnectionsAsync(default)).Count == 0, "it has ended");
        await Eventually.BecomesTrueAsync(
            async () => (await store.GetEventsAsync(new EventFilter(), default))
                .Where(happened => happened.Connection == seen.Id).Select(happened => happened.Kind).Order(StringComparer.Ordinal).SequenceEqual(["auth", "end", "login"], StringComparer.Ordinal),
            "the attempt, login and end");
    }

    [GatewayFact]
    public async Task The_banner_of_the_store_comes_before_that_of_the_configuration()
    {
        string database = await NewDatabaseAsync();
        (_, Route route) = await _bed.StartAsync(
            $"error_banner: from the file\nstate:\n  database: \"{database}\"\n  timeout: 20s\n", [$"127.0.0.1:{LoopbackPort.Free()}"]);
        Assert.Equal("from the file\n", (await route.SshAsync("target", "true")).ErrorText.ReplaceLineEndings("\n"));
        await using IStateStore store = StateStores.Open(database);
        await store.SetErrorBannerAsync(new ErrorBanner("from the operator", null), default);
        await Eventually.BecomesTrueAsync(
            async () => (await route.SshAsync("target", "true")).ErrorText.ReplaceLineEndings("\n") == "from the operator\n", "the operator's is shown");
        await store.SetErrorBannerAsync(banner: null, default);
        await Eventually.BecomesTrueAsync(
            async () => (await route.SshAsync("target", "true")).ErrorText.ReplaceLineEndings("\n") == "from the file\n", "the file's is back");
    }

    [GatewayFact]
    public async Task Without_its_store_a_gateway_lets_users_in_unless_the_store_is_mandatory()
    {
        string state = $"state:\n  database: \"postgresql://nobody@127.0.0.1:{LoopbackPort.Free()}/none\"\n";
        (_, Route free) = await _bed.StartAsync(state);
        Assert.Contains(await RoutingBed.WhereAsync(free), _bed.Hosts);
        (_, Route bound) = await _bed.StartAsync(state + "  mandatory: true\n");
        ProcessResult refused = await bound.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        Assert.Contains("the state store cannot be reached", refused.ErrorText, StringComparison.Ordinal);
    }

    private async Task<string> NewStateAsync(string lines) =>
        $"{lines}state:\n  database: \"{await NewDatabaseAsync()}\"\n  timeout: 20s\n  keyttl: 600\n";

    /// <summary>The end of the login before may reach the store after the client has left.</summary>
    private static async Task<string> EventuallyInAsync(Route route)
    {
        string host = "";
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                ProcessResult result = await route.SshAsync("target", "echo $SSH_CONNECTION");
                if (result.ExitStatus == 0) host = string.Join(':', result.OutputText.Trim().Split(' ')[2..]);
                return result.ExitStatus == 0;
            },
            "there is room");
        return host;
    }

    private static async Task<HeldSession> HoldEventuallyAsync(Route route)
    {
        await EventuallyInAsync(route);
        HeldSession? held = null;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                try
                {
                    held = await RoutingBed.HoldAsync(route);
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }
            },
            "there is room");
        return held!;
    }
}
