using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

public class TransportMessageTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30_000)]
    public async Task A_PING_is_answered_with_its_data(int size)
    {
        await using Scene scene = await Scene.ServerAsync();
        byte[] data = new byte[size];
        new Random(1).NextBytes(data);
        await scene.Peer.SendAsync([(byte)MessageId.Ping, .. RawPeer.EncodeString(data)]);
        byte[] pong = await scene.Peer.ExpectAsync(MessageId.Pong);
        Assert.Equal(data, pong[5..]);
    }

    [Fact]
    public async Task PONG_IGNORE_DEBUG_and_UNIMPLEMENTED_stay_below()
    {
        await using Scene scene = await Scene.ServerAsync();
        var debug = new List<string>();
        scene.Transport.DebugReceived = text => debug.Add(System.Text.Encoding.UTF8.GetString(text));
        await scene.Peer.SendAsync(
            RawPeer.Message(MessageId.Pong, "x"),
            RawPeer.Message(MessageId.Ignore, "noise"),
            [(byte)MessageId.Ignore],
            [(byte)MessageId.Debug, 1, .. RawPeer.EncodeString("trouble"u8), 0, 0, 0, 0],
            [(byte)MessageId.Unimplemented, 0, 0, 0, 1],
            [100, 1, 2, 3]);
        Assert.Equal([100, 1, 2, 3], await scene.Inbox.ReadAsync());
        Assert.Equal(["trouble"], debug);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(19)]
    [InlineData(22)]
    [InlineData(29)]
    public async Task Unknown_transport_messages_are_answered_with_their_sequence_number(byte id)
    {
        await using Scene scene = await Scene.ServerAsync();
        await scene.Peer.SendAsync([(byte)MessageId.Ignore], [id], [(byte)MessageId.Ignore], [id]);
        // Sequence numbers begin at 0 behind NEWKEYS of a strict key exchange.
        Assert.Equal([3, 0, 0, 0, 1], await scene.Peer.ExpectAsync(MessageId.Unimplemented));
        Assert.Equal([3, 0, 0, 0, 3], await scene.Peer.ExpectAsync(MessageId.Unimplemented));
    }

    [Fact]
    public async Task EXT_INFO_fills_the_peers_extensions_once()
    {
        await using Scene scene = await Scene.ServerAsync();
        byte[] extInfo = [(byte)MessageId.ExtInfo, 0, 0, 0, 2, .. RawPeer.EncodeString("a@x"u8), .. RawPeer.EncodeString("1"u8), .. RawPeer.EncodeString("b"u8), .. RawPeer.EncodeString([0, 255])];
        await scene.Peer.SendAsync(extInfo, [100]);
        await scene.Inbox.ReadAsync();
        Assert.Equal(["a@x", "b"], scene.Transport.PeerExtensions.Keys.Order());
        Assert.Equal([0, 255], scene.Transport.PeerExtensions["b"]);
        await scene.Peer.SendAsync(extInfo);
        await Assert.ThrowsAsync<SshProtocolException>(() => scene.Inbox.ReadAsync());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task A_client_takes_two_EXT_INFO(int count, bool accepted)
    {
        await using Scene scene = await Scene.ClientAsync();
        for (int i = 0; i < count; i++) await scene.Peer.SendAsync([(byte)MessageId.ExtInfo, 0, 0, 0, 0]);
        await scene.Peer.SendAsync([100]);
        if (accepted) Assert.Equal([100], await scene.Inbox.ReadAsync());
        else await Assert.ThrowsAsync<SshProtocolException>(() => scene.Inbox.ReadAsync());
    }

    [Fact]
    public async Task DISCONNECT_ends_the_connection_with_its_reason_escaped()
    {
        await using Scene scene = await Scene.ServerAsync();
        await scene.Peer.SendAsync([(byte)MessageId.Disconnect, 0, 0, 0, 11, .. RawPeer.EncodeString("bye\u001b[2J"u8), 0, 0, 0, 0]);
        var error = await Assert.ThrowsAsync<SshConnectionClosedException>(() => scene.Inbox.ReadAsync());
        Assert.Equal(DisconnectReason.ByApplication, error.Reason);
        Assert.Contains(@"bye\x1b[2J", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_DISCONNECT_is_sent_once_and_overtakes_what_waits_behind_the_gate()
    {
        await using Scene scene = await Scene.ServerAsync();
        scene.Transport.StartRekey();
        scene.Transport.Write([100]);
        await Task.WhenAll(
            scene.Transport.DisconnectAsync(DisconnectReason.TooManyConnections, "too many"),
            scene.Transport.DisconnectAsync(DisconnectReason.ByApplication, "again")).WaitAsync(TransportPair.Patience);
        await scene.Peer.ExpectAsync(MessageId.KexInit);
        byte[] disconnect = await scene.Peer.ExpectAsync(MessageId.Disconnect);
        Assert.Equal([0, 0, 0, 12, 0, 0, 0, 8, .. "too many"u8, 0, 0, 0, 0], disconnect[1..]);
        Assert.Null(await scene.Peer.ReadAsync());
    }

    [Fact]
    public async Task Disconnecting_from_a_peer_that_does_not_read_gives_up()
    {
        var time = new ManualTime();
        (DuplexStream clientStream, DuplexStream serverStream) = DuplexStream.CreatePair(capacity: 20_000);
        await using var server = new SshTransport(serverStream, isServer: true, TransportPair.ServerOptions with { TimeProvider = time });
        Task handshake = server.HandshakeAsync(CancellationToken.None);
        await using var peer = new RawPeer(clientStream, isServer: false, TestKeys.Ed25519);
        await peer.AdvanceAsync(RawStep.Service);
        await handshake.WaitAsync(TransportPair.Patience);
        server.Write([100, .. new byte[30_000]]);
        server.FlushInBackground();
        Task disconnect = server.DisconnectAsync(DisconnectReason.ByApplication, "bye");
        Assert.False(disconnect.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await disconnect.WaitAsync(TransportPair.Patience);
    }

    /// <summary>A transport of ours behind its handshake, with a raw peer on the other side.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private Scene(SshTransport transport, RawPeer peer)
        {
            Transport = transport;
            Peer = peer;
        }

        public SshTransport Transport { get; }

        public RawPeer Peer { get; }

        public Inbox Inbox { get; private set; } = null!;

        public static Task<Scene> ServerAsync() => CreateAsync(isServer: true);

        public static Task<Scene> ClientAsync() => CreateAsync(isServer: false);

        public async ValueTask DisposeAsync()
        {
            Transport.Abort();
            await Inbox.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Transport.DisposeAsync();
            await Peer.DisposeAsync();
        }

        private static async Task<Scene> CreateAsync(bool isServer)
        {
            (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
            var scene = new Scene(
                new SshTransport(near, isServer, isServer ? TransportPair.ServerOptions : TransportPair.ClientOptions),
                new RawPeer(far, !isServer, isServer ? TestKeys.Ed25519 : TransportPair.HostKey));
            Task handshake = scene.Transport.HandshakeAsync(CancellationToken.None);
            await scene.Peer.AdvanceAsync(RawStep.Service);
            await handshake.WaitAsync(TransportPair.Patience);
            scene.Transport.SetAuthenticated();
            scene.Inbox = new Inbox(scene.Transport);
            return scene;
        }
    }
}
