using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.FrontDoor;

/// <summary>SIGHUP on a gateway that is in use.</summary>
public sealed class ReloadTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task A_live_session_goes_on_while_new_ones_get_the_new_configuration()
    {
        (GatewayProcess gateway, Route route, string state) = await StartAsync("live", options => options);
        await using ChildProcess live = route.StartSsh("target", "echo ready; cat");
        await live.ReadUntilAsync("ready\n");
        string yaml = Yaml(gateway, state, "force_command: echo forced\n");
        Assert.EndsWith("loaded anew", await gateway.ReloadAsync(yaml), StringComparison.Ordinal);
        Assert.Equal("forced\n", (await route.SshAsync("target", "echo asked")).OutputText);
        await live.Input.WriteAsync("still here\n"u8.ToArray());
        await live.Input.FlushAsync();
        await live.ReadUntilAsync("still here\n");
        live.CloseInput();
        Assert.Equal(0, (await live.CompleteAsync()).ExitStatus);
    }

    [GatewayFact]
    public async Task A_bad_file_leaves_the_old_configuration_and_says_why_with_its_place()
    {
        (GatewayProcess gateway, Route route, string state) = await StartAsync("bad", options => options);
        string yaml = Yaml(gateway, state, "mode: stick\nforce_command: echo forced\nwrong: 1\n");
        int first = yaml.Split('\n').ToList().IndexOf("mode: stick") + 1;
        string said = await gateway.ReloadAsync(yaml);
        Assert.Contains($"the old one stays: {gateway.ConfigFile}:{first}:7: one of sticky, balanced is expected", said, StringComparison.Ordinal);
        await gateway.WaitForLogAsync($"{gateway.ConfigFile}:{first + 2}:1: unknown key 'wrong'");
        Assert.Equal("asked\n", (await route.SshAsync("target", "echo asked")).OutputText);
        // A key that cannot be read is found at the same point.
        said = await gateway.ReloadAsync(Yaml(gateway, state, "force_command: echo forced\n").Replace("host_keys: [", "host_keys: [\"/nonexistent/key\", ", StringComparison.Ordinal));
        Assert.Contains("/nonexistent/key", said, StringComparison.Ordinal);
        Assert.Equal("asked\n", (await route.SshAsync("target", "echo asked")).OutputText);
        Assert.EndsWith("loaded anew", await gateway.ReloadAsync(Yaml(gateway, state, "force_command: echo forced\n")), StringComparison.Ordinal);
        Assert.Equal("forced\n", (await route.SshAsync("target", "echo asked")).OutputText);
    }

    [GatewayFact]
    public async Task Addresses_open_and_close_without_touching_sessions()
    {
        (GatewayProcess gateway, Route route, string state) = await StartAsync("addresses", options => options);
        await using ChildProcess live = route.StartSsh("target", "echo ready; cat");
        await live.ReadUntilAsync("ready\n");
        int other = LoopbackPort.Free();
        await gateway.ReloadAsync(Yaml(gateway, state, "").Replace($"127.0.0.1:{gateway.Port}", $"127.0.0.1:{other}\", \"[::1]:{other}", StringComparison.Ordinal));
        Assert.NotNull(await LoopbackPort.ReadIdentificationAsync(other, CancellationToken.None));
        using (var v6 = new TcpClient(AddressFamily.InterNetworkV6)) await v6.ConnectAsync(IPAddress.IPv6Loopback, other);
        Assert.Null(await LoopbackPort.ReadIdentificationAsync(gateway.Port, CancellationToken.None));
        await live.Input.WriteAsync("still here\n"u8.ToArray());
        await live.Input.FlushAsync();
        await live.ReadUntilAsync("still here\n");
        // An address that somebody else has: nothing changes.
        using var taken = new TcpListener(IPAddress.Loopback, LoopbackPort.Free());
        taken.Start();
        string said = await gateway.ReloadAsync(Yaml(gateway, state, "").Replace($"127.0.0.1:{gateway.Port}", $"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}", StringComparison.Ordinal));
        Assert.Contains("cannot be listened on", said, StringComparison.Ordinal);
        Assert.NotNull(await LoopbackPort.ReadIdentificationAsync(other, CancellationToken.None));
        live.CloseInput();
        Assert.Equal(0, (await live.CompleteAsync()).ExitStatus);
    }

    [GatewayFact]
    public async Task Host_keys_are_loaded_anew_and_old_sessions_survive_their_next_key_exchange()
    {
        (GatewayProcess gateway, Route route, string state) = await StartAsync("hostkeys", options => options);
        // A key exchange each 64 KiB: the session that began before signs with the key it began with.
        await using ChildProcess live = route.StartSsh("-o", "RekeyLimit=64K", "target", "echo ready; cat | wc -c");
        await live.ReadUntilAsync("ready\n");
        KeyPair fresh = await KeyPair.GenerateAsync(bed.Folder, "keys/fresh-host");
        GatewayOptions options = gateway.Options with { HostKeys = [fresh] };
        await gateway.ReloadAsync(options.ToYaml(state));
        ProcessResult refused = await route.SshAsync("target", "echo never");
        Assert.Contains("HOST IDENTIFICATION HAS CHANGED", refused.ErrorText, StringComparison.Ordinal);
        Route renewed = new(bed.Folder, "hostkeys-new", gateway.Port, bed.UserKey, [fresh.PublicText]);
        Assert.Equal("fine\n", (await renewed.SshAsync("target", "echo fine")).OutputText);
        await live.Input.WriteAsync(new byte[1 << 20]);
        live.CloseInput();
        ProcessResult result = await live.CompleteAsync();
        Assert.True(result.ExitStatus == 0 && result.OutputText.Contains("1048576", StringComparison.Ordinal), result.ToString());
    }

    [GatewayFact]
    public async Task A_log_that_was_moved_away_is_opened_anew()
    {
        string log = bed.Folder["moved.log"];
        (GatewayProcess gateway, Route route, string state) = await StartAsync("moved", options => options with { Log = log });
        await route.SshAsync("target", "true");
        File.Move(log, log + ".1");
        gateway.Signal(NativeMethods.SignalHangup);
        await Eventually.BecomesTrueAsync(() => File.Exists(log), "the log is opened anew");
        ProcessResult result = await route.SshAsync("target", "echo fine");
        Assert.Equal("fine\n", result.OutputText);
        await Eventually.BecomesTrueAsync(() => File.ReadAllText(log).Contains(" Accepted publickey for ", StringComparison.Ordinal), "the next session is in the new file");
        Assert.NotEmpty(state);
    }

    private static string Yaml(GatewayProcess gateway, string state, string extra) => (gateway.Options with { ExtraLines = extra }).ToYaml(state);

    private async Task<(GatewayProcess Gateway, Route Route, string State)> StartAsync(string name, Func<GatewayOptions, GatewayOptions> change)
    {
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        GatewayProcess gateway = await bed.StartGatewayAsync(change(options));
        return (gateway, bed.RouteThrough(gateway, name), Path.GetDirectoryName(gateway.ConfigFile)!);
    }
}
