using System.Security.Cryptography;
using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Connection;

public class ChannelTests
{
    [Fact]
    public async Task Bytes_arrive_both_ways_and_standard_error_apart()
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync();
        await using ConnectionPair _ = pair;
        await client.WriteAsync("to the server"u8.ToArray());
        await server.WriteAsync("to the client"u8.ToArray());
        await server.WriteExtendedAsync("an error"u8.ToArray());
        Assert.Equal("to the server"u8.ToArray(), await ReadAsync(server, 13));
        Assert.Equal("to the client"u8.ToArray(), await ReadAsync(client, 13));
        byte[] error = new byte[20];
        Assert.Equal(8, await client.ReadExtendedAsync(error).AsTask().WaitAsync(TransportPair.Patience));
        Assert.Equal("an error"u8.ToArray(), error[..8]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(1024, 32 * 1024)]
    [InlineData(64 * 1024, 1000)]
    [InlineData(2 * 1024 * 1024, 32 * 1024)]
    public async Task Any_window_and_packet_size_carry_everything(int window, int packet)
    {
        byte[] sent = RandomBytes(Math.Min(3_000_000, 500 * window));
        var options = new SshConnectionOptions { InitialWindow = window, MaxPacket = packet };
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync(options, options);
        await using ConnectionPair _ = pair;
        Task write = WriteAndCloseAsync(client, sent);
        using var received = new MemoryStream();
        await server.AsStream().CopyToAsync(received).WaitAsync(TransportPair.Patience);
        await write;
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(received.ToArray()));
    }

    [Fact]
    public async Task A_writer_waits_until_the_reader_consumes()
    {
        var options = new SshConnectionOptions { InitialWindow = 1000 };
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync(options, options);
        await using ConnectionPair _ = pair;
        await client.WriteAsync(new byte[1000]);
        Task blocked = client.WriteAsync(new byte[1]).AsTask();
        // The server has all of the window, and its answer to this request comes behind anything it had to say about it.
        await client.RequestAsync("nothing");
        Assert.False(blocked.IsCompleted);
        await ReadAsync(server, 600);
        await blocked.WaitAsync(TransportPair.Patience);
        Assert.Equal(401, (await ReadAsync(server, 401)).Length);
    }

    [Fact]
    public async Task EOF_closes_one_direction_only()
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync();
        await using ConnectionPair _ = pair;
        await client.SendEofAsync();
        Assert.Equal(0, await server.ReadAsync(new byte[10]).AsTask().WaitAsync(TransportPair.Patience));
        await Assert.ThrowsAsync<SshChannelClosedException>(() => client.WriteAsync(new byte[1]).AsTask());
        await server.WriteAsync("still open"u8.ToArray());
        Assert.Equal("still open"u8.ToArray(), await ReadAsync(client, 10));
        Assert.False(client.Closed.IsCompleted);
    }

    [Fact]
    public async Task CLOSE_is_answered_and_what_came_before_it_can_be_read()
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync();
        await using ConnectionPair _ = pair;
        await server.WriteAsync("last words"u8.ToArray());
        await server.CloseAsync().AsTask().WaitAsync(TransportPair.Patience);
        await client.Closed.WaitAsync(TransportPair.Patience);
        Assert.Equal("last words"u8.ToArray(), await ReadAsync(client, 10));
        Assert.Equal(0, await client.ReadAsync(new byte[10]));
        await Assert.ThrowsAsync<SshChannelClosedException>(() => client.WriteAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<SshChannelClosedException>(() => client.RequestAsync("late"));
        Assert.Equal(0, pair.Client.ChannelCount);
        Assert.Equal(0, pair.Server.ChannelCount);
    }

    [Fact]
    public async Task A_write_that_waits_for_the_window_ends_when_the_peer_closes()
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync(server: new() { InitialWindow = 10 });
        await using ConnectionPair _ = pair;
        Task blocked = client.WriteAsync(new byte[11]).AsTask();
        await server.CloseAsync().AsTask().WaitAsync(TransportPair.Patience);
        await Assert.ThrowsAsync<SshChannelClosedException>(() => blocked.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task Numbers_are_dense_and_used_again()
    {
        (ConnectionPair pair, SshChannel first, SshChannel _) = await ConnectionPair.OpenAsync();
        await using ConnectionPair p = pair;
        SshChannel second = await pair.Client.OpenChannelAsync("session");
        Assert.Equal((0u, 1u), (first.LocalId, second.LocalId));
        await first.CloseAsync().AsTask().WaitAsync(TransportPair.Patience);
        Assert.Equal(0u, (await pair.Client.OpenChannelAsync("session")).LocalId);
        Assert.Equal(2u, (await pair.Client.OpenChannelAsync("session")).LocalId);
    }

    [Fact]
    public async Task More_channels_than_allowed_are_refused_by_either_side()
    {
        (ConnectionPair pair, SshChannel _, SshChannel _) = await ConnectionPair.OpenAsync(client: new() { MaxChannels = 3 }, server: new() { MaxChannels = 2 });
        await using ConnectionPair p = pair;
        await pair.Client.OpenChannelAsync("session");
        var refused = await Assert.ThrowsAsync<SshChannelException>(() => pair.Client.OpenChannelAsync("session"));
        Assert.Equal(OpenFailureReason.ResourceShortage, refused.Reason);
        Assert.Equal(2, pair.Client.ChannelCount);

        (ConnectionPair small, SshChannel channel, SshChannel _) = await ConnectionPair.OpenAsync(client: new() { MaxChannels = 1 });
        await using ConnectionPair q = small;
        await Assert.ThrowsAsync<SshChannelException>(() => small.Client.OpenChannelAsync("session"));
        await channel.CloseAsync().AsTask().WaitAsync(TransportPair.Patience);
        await small.Client.OpenChannelAsync("session");
    }

    [Fact]
    public async Task A_refusal_shows_its_reason_and_leaves_the_connection_alone()
    {
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(
            server: new() { ChannelOpening = request => request.Refuse(OpenFailureReason.ConnectFailed, "no \u001b[31mway") });
        var refused = await Assert.ThrowsAsync<SshChannelException>(() => pair.Client.OpenChannelAsync("direct-tcpip"));
        Assert.Equal(OpenFailureReason.ConnectFailed, refused.Reason);
        Assert.Contains(@"no \x1b[31mway", refused.Message, StringComparison.Ordinal);
        Assert.False((await pair.Client.RequestAsync("alive?")).IsSuccess);
        Assert.Equal((0, 0), (pair.Client.ChannelCount, pair.Server.ChannelCount));
    }

    [Fact]
    public async Task A_channel_that_nobody_waits_for_any_more_is_closed_when_it_is_confirmed()
    {
        var opening = new TaskCompletionSource<ChannelOpenRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(server: new() { ChannelOpening = opening.SetResult });
        using var cancel = new CancellationTokenSource();
        Task<SshChannel> open = pair.Client.OpenChannelAsync("session", default, null, cancel.Token);
        ChannelOpenRequest request = await opening.Task.WaitAsync(TransportPair.Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        SshChannel channel = request.Accept();
        Assert.Throws<InvalidOperationException>(() => request.Accept());
        await channel.Closed.WaitAsync(TransportPair.Patience);
        Assert.Equal(0, pair.Server.ChannelCount);
    }

    [Fact]
    public async Task Everything_that_waits_ends_with_the_connection()
    {
        (ConnectionPair pair, SshChannel client, SshChannel server) = await ConnectionPair.OpenAsync(
            server: new() { InitialWindow = 1, GlobalRequested = _ => { } }, serverRequests: _ => { });
        await using ConnectionPair _ = pair;
        Task read = client.ReadAsync(new byte[1]).AsTask(), write = client.WriteAsync(new byte[2]).AsTask();
        Task request = client.RequestAsync("never answered"), global = pair.Client.RequestAsync("never answered");
        Task remote = server.ReadExtendedAsync(new byte[1]).AsTask();
        await pair.Client.DisconnectAsync();
        foreach (Task task in new[] { read, write, request, global, remote })
            await Assert.ThrowsAsync<SshConnectionClosedException>(() => task.WaitAsync(TransportPair.Patience));
        await client.Closed.WaitAsync(TransportPair.Patience);
        await pair.ServerRun.WaitAsync(TransportPair.Patience);
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => pair.Client.OpenChannelAsync("session"));
    }

    [Fact]
    public async Task Many_channels_carry_data_at_once_while_keys_change()
    {
        var limits = new Protocol.Transport.RekeyLimits { Bytes = 20_000 };
        var accepted = new List<Task>();
        await using ConnectionPair pair = await ConnectionPair.ConnectAsync(
            server: new() { InitialWindow = 10_000, ChannelOpening = request => accepted.Add(EchoAsync(request.Accept())) },
            clientTransport: TransportPair.ClientOptions with { RekeyLimits = limits },
            serverTransport: TransportPair.ServerOptions with { RekeyLimits = limits });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            SshChannel channel = await pair.Client.OpenChannelAsync("session");
            byte[] sent = RandomBytes(100_000 + i);
            Task write = WriteAndCloseAsync(channel, sent);
            using var received = new MemoryStream();
            await channel.AsStream().CopyToAsync(received);
            await write;
            Assert.Equal(sent, received.ToArray());
        })).WaitAsync(TransportPair.Patience);
        Assert.True(pair.Client.Transport.KeyExchanges > 20, $"{pair.Client.Transport.KeyExchanges} key exchanges");
        await Task.WhenAll(accepted);
    }

    private static async Task EchoAsync(SshChannel channel)
    {
        await channel.AsStream().CopyToAsync(channel.AsStream());
        await channel.SendEofAsync();
        await channel.CloseAsync();
    }

    private static async Task WriteAndCloseAsync(SshChannel channel, byte[] bytes)
    {
        await channel.WriteAsync(bytes);
        await channel.SendEofAsync();
    }

    private static async Task<byte[]> ReadAsync(SshChannel channel, int count)
    {
        byte[] bytes = new byte[count];
        await channel.AsStream().ReadExactlyAsync(bytes).AsTask().WaitAsync(TransportPair.Patience);
        return bytes;
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
