using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Dumpd;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class CollectorTests
{
    [Fact]
    public async Task A_recording_comes_to_the_collector_with_its_sizes_and_the_spool_is_empty_then()
    {
        await using var fixture = new RecordingFixture();
        await using var server = new DumpdServer(fixture["out"], NullLogger.Instance);
        IPEndPoint address = server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        IRelayTap connection = await fixture.ConnectAsync(dump: $"TCP:127.0.0.1:{address.Port}");
        IChannelTap channel = RecordingFixture.Start(connection, "top", new WindowSize(100, 30));
        for (int i = 0; i < 100; i++) channel.Data(DataStream.Output, Encoding.ASCII.GetBytes($"line {i}\n"));
        await RecordingFixture.EndAsync(connection, channel);
        await fixture.DeliveredAsync();
        string file = Assert.Single(Directory.GetFiles(fixture["out"], "*.dump", SearchOption.AllDirectories));
        Assert.EndsWith("line 99\n", (await RecordedDump.ReadAsync(file)).OutputText, StringComparison.Ordinal);
        Assert.Contains("\"columns\":100", File.ReadAllText(file + ".events"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(fixture["spool"]));
        Assert.Equal("complete", fixture.Rows.Last().Status);
    }

    [Fact]
    public async Task A_collector_that_is_killed_and_restarted_again_and_again_loses_nothing()
    {
        await using var fixture = new RecordingFixture();
        var server = new DumpdServer(fixture["out"], NullLogger.Instance);
        IPEndPoint address = server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        IRelayTap[] connections = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => fixture.ConnectAsync($"user{i}", $"TCP:127.0.0.1:{address.Port}")));
        IChannelTap[] channels = [.. connections.Select((connection, i) => RecordingFixture.Start(connection, $"command {i}"))];
        for (int round = 0; round < 30; round++)
        {
            foreach (IChannelTap channel in channels) channel.Data(DataStream.Output, Encoding.ASCII.GetBytes($"{round} {new string('x', 3000)}\n"));
            foreach (IChannelTap channel in channels) await channel.SettleAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
            if (round % 10 != 5) continue;
            await server.DisposeAsync();
            server = new DumpdServer(fixture["out"], NullLogger.Instance);
            server.Listen(address);
        }

        for (int i = 0; i < 50; i++) await RecordingFixture.EndAsync(connections[i], channels[i]);
        await fixture.DeliveredAsync();
        await server.DisposeAsync();
        string expected = string.Concat(Enumerable.Range(0, 30).Select(round => $"{round} {new string('x', 3000)}\n"));
        for (int i = 0; i < 50; i++)
        {
            string file = Assert.Single(Directory.GetFiles(fixture[$"out/user{i}"], "*.dump"));
            Assert.Equal(expected, (await RecordedDump.ReadAsync(file)).OutputText);
        }
    }

    [Fact]
    public async Task A_collector_that_comes_late_gets_everything()
    {
        await using var fixture = new RecordingFixture();
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = (IPEndPoint)reserved.LocalEndPoint!;
        IRelayTap connection = await fixture.ConnectAsync(dump: $"TCP:127.0.0.1:{address.Port}");
        IChannelTap channel = RecordingFixture.Start(connection, "ls");
        channel.Data(DataStream.Output, "early"u8);
        await RecordingFixture.EndAsync(connection, channel);
        reserved.Close();
        await using var server = new DumpdServer(fixture["out"], NullLogger.Instance);
        server.Listen(address);
        await fixture.DeliveredAsync();
        Assert.Equal("early", (await RecordedDump.ReadAsync(Assert.Single(Directory.GetFiles(fixture["out"], "*.dump", SearchOption.AllDirectories)))).OutputText);
    }

    [Fact]
    public async Task A_full_spool_breaks_the_recording_not_the_session()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { RecordingSpoolSize = 100_000 } };
        // Port 9 of a loopback address on which nobody listens.
        IRelayTap connection = await fixture.ConnectAsync(dump: "TCP:127.99.98.97:9");
        IChannelTap channel = RecordingFixture.Start(connection, "yes");
        for (int i = 0; i < 20; i++)
        {
            channel.Data(DataStream.Output, new byte[10_000]);
            await channel.SettleAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
        }

        await RecordingFixture.EndAsync(connection, channel);
        Assert.Contains("recording.spool_size", Assert.Single(fixture.Events).Message, StringComparison.Ordinal);
        Assert.StartsWith("broke off", fixture.Rows.Last().Status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_of_version_1_gets_what_it_understands()
    {
        await using var fixture = new RecordingFixture();
        using var old = new OldCollector();
        IRelayTap connection = await fixture.ConnectAsync(dump: $"TCP:127.0.0.1:{old.Port}");
        IChannelTap channel = RecordingFixture.Start(connection, "top", new WindowSize(100, 30));
        channel.Data(DataStream.Output, "for the old one"u8);
        await RecordingFixture.EndAsync(connection, channel);
        byte[] dump = await old.Received.WaitAsync(RecordingFixture.Patience);
        Assert.Equal("for the old one", (await RecordedDump.ReadAsync(dump)).OutputText);
        await fixture.DeliveredAsync();
    }

    /// <summary>Hangs up on whatever is not version 1, and otherwise reads to the end, as sshproxy's does.</summary>
    private sealed class OldCollector : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public OldCollector()
        {
            _listener.Start();
            Received = Task.Run(AcceptAsync);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<byte[]> Received { get; }

        public void Dispose() => _listener.Dispose();

        private async Task<byte[]> AcceptAsync()
        {
            while (true)
            {
                using Socket socket = await _listener.AcceptSocketAsync();
                byte[] version = new byte[2];
                await socket.ReceiveAsync(version);
                if (version is not [0, 1]) continue;
                var received = new MemoryStream();
                received.Write(version);
                await using var stream = new NetworkStream(socket);
                await stream.CopyToAsync(received);
                return received.ToArray();
            }
        }
    }
}
