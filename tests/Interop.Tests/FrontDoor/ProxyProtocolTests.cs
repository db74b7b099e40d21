using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.FrontDoor;

/// <summary>A proxy in front of the gateway, and the gateway as a proxy in front of a destination.</summary>
public sealed class ProxyProtocolTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_address_that_a_trusted_proxy_tells_is_the_user_s(int version)
    {
        (GatewayProcess gateway, _) = await StartAsync("limits: {penalties: off}\nproxy_protocol: [127.0.0.1]\n");
        byte[] header = version == 1
            ? "PROXY TCP4 192.0.2.77 198.51.100.1 40000 22\r\n"u8.ToArray()
            : Convert.FromHexString("0D0A0D0A000D0A515549540A2111000CC000024DC63364019C400016");
        await using var proxy = new HeaderProxy(gateway.Port, header);
        Route route = new(bed.Folder, $"proxied{version}", proxy.Port, bed.UserKey, bed.GatewayHostKeys.Select(key => key.PublicText));
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
        await gateway.WaitForLogAsync("from 192.0.2.77 port 40000 ssh2");
        await gateway.WaitForLogAsync("connection from 192.0.2.77:40000 on 198.51.100.1:22");
    }

    [GatewayFact]
    public async Task A_header_from_a_source_that_is_not_trusted_closes_the_connection()
    {
        (GatewayProcess gateway, _) = await StartAsync("limits: {penalties: off}\nproxy_protocol: [192.0.2.0/24]\n");
        foreach (byte[] header in (byte[][])["PROXY TCP4 192.0.2.77 198.51.100.1 40000 22\r\n"u8.ToArray(), Convert.FromHexString("0D0A0D0A000D0A515549540A2111000CC000024DC63364019C400016")])
        {
            string answer = await TalkAsync(gateway.Port, [.. header, .. "SSH-2.0-test\r\n"u8]);
            Assert.DoesNotContain("192.0.2.77", answer, StringComparison.Ordinal);
        }

        await gateway.WaitForLogAsync("banner exchange: Connection from 127.0.0.1 port");
        Assert.DoesNotContain("192.0.2.77", gateway.LogText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_trusted_proxy_without_a_header_is_closed_too()
    {
        (GatewayProcess gateway, _) = await StartAsync("limits: {penalties: off}\nproxy_protocol: [127.0.0.1]\n", waitOnPort: false);
        Assert.Equal("", await TalkAsync(gateway.Port, "SSH-2.0-OpenSSH_9.9\r\n"u8.ToArray()));
        await gateway.WaitForLogAsync("is not accepted: there is none");
    }

    [GatewayFact]
    public async Task Penalties_and_limits_go_by_the_address_that_the_proxy_tells()
    {
        (GatewayProcess gateway, _) = await StartAsync("limits: {penalties: {crash: 60s}}\nproxy_protocol: [127.0.0.1]\n");
        // A breach: an unknown message in place of a key exchange.
        byte[] breach = [.. "SSH-2.0-test\r\n"u8, 0, 0, 0, 12, 10, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        await TalkAsync(gateway.Port, [.. "PROXY TCP4 192.0.2.66 198.51.100.1 40000 22\r\n"u8, .. breach]);
        await gateway.WaitForLogAsync("192.0.2.66 is penalised for 60 s");
        Assert.Equal("Not allowed at this time\r\n", await TalkAsync(gateway.Port, [.. "PROXY TCP4 192.0.2.66 198.51.100.1 40001 22\r\n"u8]));
        Assert.StartsWith("SSH-2.0-", await TalkAsync(gateway.Port, [.. "PROXY TCP4 192.0.2.67 198.51.100.1 40001 22\r\nSSH-1.0-x\r\n"u8]), StringComparison.Ordinal);
    }

    [GatewayTheory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task The_destination_is_told_the_user_s_address_before_our_identification(string version)
    {
        using var destination = new TcpListener(IPAddress.Loopback, 0);
        destination.Start();
        int port = ((IPEndPoint)destination.LocalEndpoint).Port;
        GatewayOptions options = bed.DestinationOptions(port, bed.DestinationHostKeys.Select(key => key.PublicText));
        GatewayProcess gateway = await bed.StartGatewayAsync(options with { ExtraLines = $"overrides:\n  - match: [{{}}]\n    destination: {{proxy_protocol: {version}}}\n" });
        Route route = bed.RouteThrough(gateway, $"out-{version}");
        Task<ProcessResult> ssh = route.SshAsync("target", "true");
        using Socket dialled = await destination.AcceptSocketAsync();
        byte[] seen = new byte[1024];
        int count = 0;
        while (!Encoding.Latin1.GetString(seen, 0, count).Contains("SSH-2.0-", StringComparison.Ordinal))
        {
            int read = await dialled.ReceiveAsync(seen.AsMemory(count)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            Assert.NotEqual(0, read);
            count += read;
        }

        dialled.Close();
        await ssh;
        string text = Encoding.Latin1.GetString(seen, 0, count);
        if (version == "v1")
        {
            Assert.Matches($"^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 [0-9]+ {gateway.Port}\r\nSSH-2\\.0-", text);
        }
        else
        {
            Assert.Equal("0D0A0D0A000D0A515549540A2111000C7F0000017F000001", Convert.ToHexString(seen, 0, 24));
            Assert.Equal(gateway.Port, (seen[26] << 8) | seen[27]);
            Assert.StartsWith("SSH-2.0-", text[28..], StringComparison.Ordinal);
        }
    }

    private async Task<(GatewayProcess Gateway, Route Route)> StartAsync(string lines, bool waitOnPort = true)
    {
        // Where headers are demanded, nobody answers a connection without one: the test waits for the log.
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with { ExtraLines = lines };
        bool demands = lines.Contains("[127.0.0.1]", StringComparison.Ordinal) || !waitOnPort;
        GatewayProcess gateway = bed.Own(await GatewayProcess.StartAsync(bed.Folder, options, demands ? "sshgateway 0" : null));
        return (gateway, bed.RouteThrough(gateway, $"r{gateway.Port}"));
    }

    /// <summary>All that the gateway answers until it closes.</summary>
    private static async Task<string> TalkAsync(int port, byte[] bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        NetworkStream stream = client.GetStream();
        using var answer = new MemoryStream();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await stream.WriteAsync(bytes, patience.Token);
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // Closed with something of ours unread: a reset.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>Sends a header, then passes bytes both ways.</summary>
    private sealed class HeaderProxy : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, LoopbackPort.Free());
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public HeaderProxy(int target, byte[] header)
        {
            _listener.Start();
            _running = RunAsync(target, header);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _running;
            _stop.Dispose();
        }

        private async Task RunAsync(int target, byte[] header)
        {
            try
            {
                while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token), target, header);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The test is over.
            }
        }

        private async Task PassAsync(TcpClient client, int target, byte[] header)
        {
            using (client)
            using (var gateway = new TcpClient())
            {
                try
                {
                    await gateway.ConnectAsync(IPAddress.Loopback, target);
                    await gateway.GetStream().WriteAsync(header);
                    Task there = client.GetStream().CopyToAsync(gateway.GetStream(), _stop.Token);
                    Task back = gateway.GetStream().CopyToAsync(client.GetStream(), _stop.Token);
                    await Task.WhenAny(there, back);
                }
                catch (Exception e) when (e is IOException or OperationCanceledException)
                {
                    // One side has left.
                }
            }
        }
    }
}
