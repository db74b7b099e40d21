using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>What operators change, with ctl or by hand, reaches every gateway.</summary>
public abstract partial class SharedStateTests
{
    /// <summary>Runs SQL as somebody with psql or sqlite3 does; tables are named without a schema.</summary>
    private protected abstract Task ChangeByHandAsync(string database, string sql);

    [GatewayFact]
    public async Task A_host_that_is_disabled_with_ctl_or_by_hand_gets_nobody_on_any_gateway()
    {
        string database = await NewDatabaseAsync();
        (GatewayProcess gateway, Route first) = await StartOneAsync(database);
        (_, Route second) = await StartOneAsync(database);
        Assert.Equal(_bed.Hosts[0], await RoutingBed.WhereAsync(first));
        await CtlAsync(gateway, "disable", "-host", Name(_bed.Hosts[0]), "-port", Port(_bed.Hosts[0]));
        Assert.All([await RoutingBed.WhereAsync(first), await RoutingBed.WhereAsync(second)], host => Assert.NotEqual(_bed.Hosts[0], host));
        await ChangeByHandAsync(database, $"update host set state = 'disabled' where host in ('{_bed.Hosts[1]}', '{_bed.Hosts[2]}')");
        string[] left = [.. (await CtlAsync(gateway, "show", "-csv", "hosts")).Split('\n').Where(line => !line.Contains(",disabled,", StringComparison.Ordinal) && line.Length > 0)];
        // A host that nobody has been on yet is not known; it is disabled by ctl.
        foreach (string host in _bed.Hosts.Skip(1)) await CtlAsync(gateway, "disable", "-host", Name(host), "-port", Port(host));
        Assert.DoesNotContain(left, line => line.StartsWith(_bed.Hosts[0], StringComparison.Ordinal));
        foreach (Route route in (Route[])[first, second])
        {
            ProcessResult refused = await route.SshAsync("target", "echo never");
            Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        }

        await CtlAsync(gateway, "enable", "-all");
        Assert.Contains(await RoutingBed.WhereAsync(second), _bed.Hosts);
    }

    [GatewayFact]
    public async Task A_banner_that_is_set_by_hand_is_shown_by_every_gateway()
    {
        string database = await NewDatabaseAsync();
        string[] nobody = [$"127.0.0.1:{LoopbackPort.Free()}"];
        (_, Route first) = await StartOneAsync(database, nobody);
        (_, Route second) = await StartOneAsync(database, nobody);
        await ChangeByHandAsync(database, "insert into banner (single, text) values (true, 'set by hand')");
        foreach (Route route in (Route[])[first, second])
        {
            await Eventually.BecomesTrueAsync(
                async () => (await route.SshAsync("target", "true")).ErrorText.Contains("set by hand", StringComparison.Ordinal), "the banner is shown", LongPatience);
        }
    }

    [GatewayFact]
    public async Task A_drain_by_ctl_tells_users_on_both_gateways_and_closes_what_is_left()
    {
        string database = await NewDatabaseAsync();
        (GatewayProcess gateway, Route first) = await StartOneAsync(database, [_bed.Hosts[0]]);
        (_, Route second) = await StartOneAsync(database, [_bed.Hosts[0]]);
        string name = Name(_bed.Hosts[0]), port = Port(_bed.Hosts[0]);
        await using PseudoTerminal one = first.StartSshOnTerminal(["-tt", "target", "echo ready; cat"]);
        await using PseudoTerminal two = second.StartSshOnTerminal(["-tt", "target", "echo ready; cat"]);
        await one.WaitForAsync("ready");
        await two.WaitForAsync("ready");
        await CtlAsync(gateway, "disable", "-host", name, "-port", port, "-drain", "2h", "-message", "new kernel at noon");
        await one.WaitForAsync("new kernel at noon");
        await two.WaitForAsync("new kernel at noon");
        Assert.Contains("2 to go: new kernel at noon", await CtlAsync(gateway, "show", "hosts"), StringComparison.Ordinal);
        ProcessResult refused = await second.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        await CtlAsync(gateway, "disable", "-host", name, "-port", port, "-drain", "1s", "-message", "it is noon");
        await using IStateStore store = StateStores.Open(database);
        await Eventually.BecomesTrueAsync(async () => (await store.GetConnectionsAsync(default)).Count == 0, "all are gone", LongPatience);
        await CtlAsync(gateway, "enable", "-host", name, "-port", port);
        Assert.Equal(_bed.Hosts[0], await RoutingBed.WhereAsync(first));
    }

    [GatewayFact]
    public async Task A_host_key_that_one_gateway_learned_is_known_to_the_other_until_it_is_forgotten()
    {
        string database = await NewDatabaseAsync();
        OpenSshServer host = await _bed.StartDestinationAsync([]);
        string address = $"127.0.0.1:{host.Port}";
        string file = _bed.Folder[$"accepted_{host.Port}"];
        GatewayOptions Learning(GatewayOptions options) => options with { HostKeyCheck = "accept-new", DestinationKnownHosts = file };
        (GatewayProcess gateway, Route first) = await StartOneAsync(database, [address], Learning);
        (_, Route second) = await StartOneAsync(database, [address], Learning);
        // Both at once: one learns.
        string[] where = await Task.WhenAll(RoutingBed.WhereAsync(first), RoutingBed.WhereAsync(second));
        Assert.All(where, at => Assert.Equal(address, at));
        Assert.False(File.Exists(file));
        string key = _bed.DestinationHostKeys[0].PublicText;
        Assert.Equal($"[127.0.0.1]:{host.Port},{key}\n", await CtlAsync(gateway, "show", "-csv", "known_hosts"));
        await host.DisposeAsync();
        await _bed.StartDestinationAsync([], host.Port, [await KeyPair.GenerateAsync(_bed.Folder, $"keys/changed_{host.Port}")]);
        foreach (Route route in (Route[])[first, second])
        {
            ProcessResult refused = await route.SshAsync("target", "echo never");
            Assert.Equal("", refused.OutputText);
            Assert.Contains("does not match", refused.ErrorText, StringComparison.Ordinal);
        }

        await CtlAsync(gateway, "forget", "known_hosts", "-host", "127.0.0.1", "-port", $"{host.Port}");
        await Eventually.BecomesTrueAsync(async () => (await second.SshAsync("target", "true")).ExitStatus == 0, "the new key is learned", LongPatience);
        Assert.DoesNotContain(key, await CtlAsync(gateway, "show", "-csv", "known_hosts"), StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task After_a_reload_the_store_has_the_new_addresses_and_lease()
    {
        string database = await NewDatabaseAsync();
        (GatewayProcess gateway, _) = await StartOneAsync(database);
        int other = LoopbackPort.Free();
        string yaml = (await File.ReadAllTextAsync(gateway.ConfigFile)).Replace($"127.0.0.1:{gateway.Port}", $"127.0.0.1:{other}", StringComparison.Ordinal)
            .Replace("timeout: 20s", "timeout: 30s\n  lease: 1h", StringComparison.Ordinal);
        Assert.EndsWith("loaded anew", await gateway.ReloadAsync(yaml), StringComparison.Ordinal);
        await using IStateStore store = StateStores.Open(database);
        await Eventually.BecomesTrueAsync(
            async () => (await store.GetGatewaysAsync(default)) is [{ } only] && only.Addresses.SequenceEqual([$"127.0.0.1:{other}"])
                && only.LeaseUntil > DateTimeOffset.UtcNow.AddMinutes(30),
            "its row is up to date", LongPatience);
        Assert.DoesNotContain("takes effect at the next start", gateway.LogText, StringComparison.Ordinal);
    }

    private static string Name(string host) => host[..host.LastIndexOf(':')];

    private static string Port(string host) => host[(host.LastIndexOf(':') + 1)..];

    private Task<(GatewayProcess Gateway, Route Route)> StartOneAsync(
        string database, IReadOnlyList<string>? destinations = null, Func<GatewayOptions, GatewayOptions>? change = null) =>
        _bed.StartAsync($"mode: balanced\nstate:\n  database: \"{database}\"\n  timeout: 20s\n", destinations, change);

    /// <summary>What ctl prints, run as operators run it.</summary>
    private static async Task<string> CtlAsync(GatewayProcess gateway, params string[] line)
    {
        (string program, string[] arguments) = GatewayProcess.Program();
        return (await ChildProcess.RunAsync(program, [.. arguments, "ctl", "-c", gateway.ConfigFile, .. line])).Succeeded().OutputText;
    }
}
