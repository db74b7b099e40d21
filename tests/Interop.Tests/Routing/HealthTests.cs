using System.Net;
using System.Net.Sockets;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Destinations that fail, in each way that they do.</summary>
public sealed class HealthTests(RoutingBed bed) : IClassFixture<RoutingBed>
{
    private const string Balanced = "mode: balanced\n";

    [GatewayFact]
    public async Task A_host_that_dies_is_left_out_and_its_return_is_noticed()
    {
        OpenSshServer mortal = await bed.StartHostAsync(3);
        string host = $"{RoutingBed.Address(3)}:{mortal.Port}";
        (GatewayProcess gateway, Route route) = await bed.StartAsync(Balanced, [host, bed.Hosts[1]]);
        await UsedAsync(route, host);
        await mortal.DisposeAsync();
        Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(route));
        await gateway.WaitForLogAsync($"{host} is down: ");
        await bed.StartHostAsync(3, mortal.Port);
        await UsedAsync(route, host);
        await gateway.WaitForLogAsync($"{host} is up again");
    }

    [GatewayFact]
    public async Task The_return_of_a_host_is_noticed_in_the_background()
    {
        OpenSshServer mortal = await bed.StartHostAsync(9);
        string host = $"{RoutingBed.Address(9)}:{mortal.Port}";
        (GatewayProcess gateway, Route route) = await bed.StartAsync(Balanced + "check_interval: 1s\ncheck_background: true\n", [host, bed.Hosts[1]]);
        await mortal.DisposeAsync();
        Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(route));
        await gateway.WaitForLogAsync($"{host} is down: ");
        await bed.StartHostAsync(9, mortal.Port);
        // Nobody logs in.
        await gateway.WaitForLogAsync($"{host} is up again");
    }

    [GatewayFact]
    public async Task A_host_known_to_be_down_is_not_tried_within_check_interval()
    {
        string dead = $"{RoutingBed.Address(4)}:{LoopbackPort.Free()}";
        (GatewayProcess gateway, Route route) = await bed.StartAsync(Balanced + "check_interval: 10m\n", [dead, bed.Hosts[1]]);
        for (int i = 0; i < 3; i++) Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(route));
        Assert.Single(gateway.Log, line => line.Contains($"destination {dead} failed", StringComparison.Ordinal));
    }

    [GatewayFact]
    public async Task Hosts_that_are_all_known_to_be_down_are_tried_all_the_same()
    {
        OpenSshServer mortal = await bed.StartHostAsync(5);
        string host = $"{RoutingBed.Address(5)}:{mortal.Port}";
        (_, Route route) = await bed.StartAsync(Balanced + "check_interval: 10m\n", [host]);
        await mortal.DisposeAsync();
        ProcessResult refused = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        Assert.Contains("Connection refused", refused.ErrorText, StringComparison.Ordinal);
        await bed.StartHostAsync(5, mortal.Port);
        Assert.Equal(host, await RoutingBed.WhereAsync(route));
    }

    [GatewayFact]
    public async Task A_host_that_is_stopped_keeps_nobody_waiting_for_its_time_limit()
    {
        OpenSshServer slow = await bed.StartHostAsync(6);
        string host = $"{RoutingBed.Address(6)}:{slow.Port}";
        // Its limits are far longer than this test waits.
        (_, Route route) = await bed.StartAsync(Balanced, [host, bed.Hosts[1]], options => options with { ConnectTimeout = "10m" });
        await UsedAsync(route, host);
        NativeMethods.Kill(slow.ProcessId, StopSignal);
        try
        {
            Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(route));
        }
        finally
        {
            NativeMethods.Kill(slow.ProcessId, ContinueSignal);
        }

        await UsedAsync(route, host);
    }

    [GatewayFact]
    public async Task A_host_with_another_key_is_an_error_in_the_log_and_the_next_one_is_used()
    {
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/expected");
        string known = bed.Folder.Write(
            "known_wrong",
            $"{RoutingBed.KnownName(bed.Hosts[0])} {other.PublicText}\n{RoutingBed.KnownName(bed.Hosts[1])} {bed.DestinationHostKeys[0].PublicText}\n");
        (GatewayProcess gateway, Route route) = await bed.StartAsync(
            Balanced + "check_interval: 10m\n", [bed.Hosts[0], bed.Hosts[1]], options => options with { DestinationKnownHosts = known });
        Assert.Equal(bed.Hosts[1], await RoutingBed.WhereAsync(route));
        string line = await gateway.WaitForLogAsync("host key mismatch");
        Assert.Contains(" error ", line, StringComparison.Ordinal);
        Assert.Contains(bed.Direct.Fingerprints.First().Fingerprint, line, StringComparison.Ordinal);
        await gateway.WaitForLogAsync($"{bed.Hosts[0]} is down: the host key");
    }

    [GatewayFact]
    public async Task A_host_that_closes_at_once_is_left_out()
    {
        await using var closing = new ClosingHost();
        (_, Route route) = await bed.StartAsync(Balanced, [$"127.0.0.1:{closing.Port}", bed.Hosts[2]]);
        Assert.Equal(bed.Hosts[2], await RoutingBed.WhereAsync(route));
    }

    [GatewayFact]
    public async Task The_error_banner_is_shown_with_its_lines_and_patterns()
    {
        (_, Route route) = await bed.StartAsync(
            "error_banner: \"Sorry {user},\\nno host can be reached.\\n\"\n", [$"127.0.0.1:{LoopbackPort.Free()}"]);
        ProcessResult refused = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        Assert.Equal($"Sorry {Environment.UserName},\nno host can be reached.\n", refused.ErrorText.ReplaceLineEndings("\n"));
    }

    /// <summary>A host that does not answer within 250 ms, as may happen on a busy machine, is passed over: it is asked again.</summary>
    private static Task UsedAsync(Route route, string host) =>
        Eventually.BecomesTrueAsync(async () => await RoutingBed.WhereAsync(route) == host, $"{host} is used", TimeSpan.FromSeconds(60));

    private const int StopSignal = 19;
    private const int ContinueSignal = 18;

    /// <summary>Takes connections and closes them.</summary>
    private sealed class ClosingHost : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _accepting;

        public ClosingHost()
        {
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _accepting;
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true) (await _listener.AcceptSocketAsync()).Dispose();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Disposed.
            }
        }
    }
}
