using System.Net;
using System.Net.Sockets;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Commands;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Tests.Relay;

/// <summary>A relay between two transports that the test drives message by message: the user's client and the destination.</summary>
internal sealed class RelayFixture : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly SshTransport _serverLeg;
    private readonly SshTransport _clientLeg;

    private RelayFixture(SshTransport client, SshTransport serverLeg, SshTransport clientLeg, SshTransport destination, RelayPair pair)
    {
        Client = client;
        _serverLeg = serverLeg;
        _clientLeg = clientLeg;
        Destination = destination;
        Pair = pair;
        Running = pair.RunAsync();
    }

    public SshTransport Client { get; }

    public SshTransport Destination { get; }

    public RelayPair Pair { get; }

    /// <summary>The relay's own end towards the destination.</summary>
    public SshTransport DestinationLeg => _clientLeg;

    public Task<RelayEnd> Running { get; }

    public static async Task<RelayFixture> StartAsync(
        IRelayPolicy? policy = null, string clientVersion = "OpenSSH_9.2", string destinationVersion = "OpenSSH_9.2", RekeyLimits? peers = null, RekeyLimits? own = null,
        IRelayTap? tap = null, RelayLimits? limits = null, CommandRules? commands = null, byte[]? greeting = null, TimeProvider? time = null)
    {
        var hostKey = PrivateKey.GenerateEd25519();
        (SshTransport client, SshTransport serverLeg) = await JoinAsync(hostKey, clientVersion, "OpenSSH-SshGateway", peers, own);
        (SshTransport clientLeg, SshTransport destination) = await JoinAsync(hostKey, "OpenSSH-SshGateway", destinationVersion, own, peers);
        policy ??= new PermitPolicy(PermitConfiguration.Default, []);
        var pair = new RelayPair(serverLeg, clientLeg, policy, [hostKey], limits ?? new RelayLimits())
        {
            Tap = tap,
            Commands = new CommandRewriter(commands ?? CommandRules.None),
            Greeting = greeting,
            Time = time ?? TimeProvider.System,
        };
        var fixture = new RelayFixture(client, serverLeg, clientLeg, destination, pair);
        // The gateway's announcement of its host keys comes first.
        byte[] announcement = await fixture.ReadAsync(Side.Client);
        if ((MessageId)announcement[0] != MessageId.GlobalRequest) throw new InvalidOperationException("the host keys were not announced");
        return fixture;
    }

    public SshTransport this[Side side] => side == Side.Client ? Client : Destination;

    public delegate void Fields(ref SshWriter writer);

    public async Task SendAsync(Side side, MessageId id, Fields fields)
    {
        Write(side, id, fields);
        await this[side].FlushAsync();
    }

    public void Write(Side side, MessageId id, Fields fields)
    {
        var writer = new SshWriter([]);
        writer.WriteMessageId(id);
        fields(ref writer);
        this[side].Write(writer.Written);
    }

    public async Task<byte[]> ReadAsync(Side side)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await this[side].ReadMessageAsync(limit.Token);
    }

    public async Task<byte[]> ReadAsync(Side side, MessageId expected)
    {
        byte[] message = await ReadAsync(side);
        Xunit.Assert.Equal(expected, (MessageId)message[0]);
        return message;
    }

    /// <summary>Opens a session channel from the client; returns the ids that each peer must use from now on.</summary>
    public async Task<(uint ForClient, uint ForDestination)> OpenSessionAsync(uint clientId = 5, uint destinationId = 9, uint window = 100_000, uint maxPacket = 32768)
    {
        await SendAsync(Side.Client, MessageId.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("session");
            w.WriteUInt32(clientId);
            w.WriteUInt32(window);
            w.WriteUInt32(maxPacket);
        });
        uint slot = Read32(await ReadAsync(Side.Destination, MessageId.ChannelOpen), 1 + 4 + "session".Length);
        await SendAsync(Side.Destination, MessageId.ChannelOpenConfirmation, (ref SshWriter w) =>
        {
            w.WriteUInt32(slot);
            w.WriteUInt32(destinationId);
            w.WriteUInt32(window);
            w.WriteUInt32(32768);
        });
        byte[] confirmation = await ReadAsync(Side.Client, MessageId.ChannelOpenConfirmation);
        Xunit.Assert.Equal(clientId, Read32(confirmation, 1));
        return (Read32(confirmation, 5), slot);
    }

    public Task RequestAsync(Side side, uint channel, string type, bool wantReply, Fields? fields = null) =>
        SendAsync(side, MessageId.ChannelRequest, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteString(type);
            w.WriteBoolean(wantReply);
            fields?.Invoke(ref w);
        });

    public Task GlobalRequestAsync(Side side, string type, bool wantReply, Fields? fields = null) =>
        SendAsync(side, MessageId.GlobalRequest, (ref SshWriter w) =>
        {
            w.WriteString(type);
            w.WriteBoolean(wantReply);
            fields?.Invoke(ref w);
        });

    public static uint Read32(byte[] message, int at) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(at));

    /// <summary>Where every transport stands, for a failure's message.</summary>
    public string Describe()
    {
        static string One(string name, SshTransport t) =>
            $"{name}: {t.KeyExchanges} exchanges, exchanging={t.IsExchangingKeys}, peer exchanging={t.IsPeerExchangingKeys}, gate closed={t.IsGateClosed}, received={t.BytesReceived}, sent={t.BytesSent}";
        return string.Join("; ", One("client", Client), One("server leg", _serverLeg), One("client leg", _clientLeg), One("destination", Destination), Running.IsCompleted ? Running.Result.ToString() : "running");
    }

    /// <summary>Waits until the relay has ended and says how.</summary>
    public Task<RelayEnd> EndAsync() => Running.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Client.Abort();
        Destination.Abort();
        await Running.WaitAsync(Patience);
        await Client.DisposeAsync();
        await Destination.DisposeAsync();
        await _serverLeg.DisposeAsync();
        await _clientLeg.DisposeAsync();
    }

    /// <summary>Two transports joined by a socket, their first key exchange done.</summary>
    public static async Task<(SshTransport Client, SshTransport Server)> JoinAsync(
        PrivateKey hostKey, string clientVersion, string serverVersion, RekeyLimits? clientLimits, RekeyLimits? serverLimits)
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(1);
        var connecting = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await connecting.ConnectAsync(listener.LocalEndPoint!);
        Socket accepted = await listener.AcceptAsync();
        accepted.NoDelay = true;
        var client = new SshTransport(new NetworkStream(connecting, ownsSocket: true), isServer: false, new SshTransportOptions
        {
            Algorithms = AlgorithmDefaults.Client,
            SoftwareVersion = clientVersion,
            VerifyHostKey = (_, _) => ValueTask.FromResult(true),
            RekeyLimits = clientLimits ?? new RekeyLimits(),
        });
        var server = new SshTransport(new NetworkStream(accepted, ownsSocket: true), isServer: true, new SshTransportOptions
        {
            Algorithms = AlgorithmDefaults.Server,
            SoftwareVersion = serverVersion,
            HostKeys = [hostKey],
            RekeyLimits = serverLimits ?? new RekeyLimits(),
        });
        using var limit = new CancellationTokenSource(Patience);
        await Task.WhenAll(client.HandshakeAsync(limit.Token), server.HandshakeAsync(limit.Token));
        client.SetAuthenticated();
        server.SetAuthenticated();
        return (client, server);
    }
}
