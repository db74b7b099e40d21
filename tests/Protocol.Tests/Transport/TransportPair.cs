using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Transport;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

/// <summary>A client and a server of ours, joined in memory.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    /// <summary>Nothing in memory takes this long; a test that waits for nothing fails instead of hanging.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private TransportPair(DuplexStream clientStream, DuplexStream serverStream, SshTransportOptions client, SshTransportOptions server)
    {
        ClientStream = clientStream;
        ServerStream = serverStream;
        Client = new SshTransport(clientStream, isServer: false, client);
        Server = new SshTransport(serverStream, isServer: true, server);
    }

    public static PrivateKey HostKey => TestKeys.Get("ed25519", number: 100);

    public static SshTransportOptions ClientOptions { get; } = new()
    {
        Algorithms = AlgorithmDefaults.Client,
        VerifyHostKey = static (key, _) => ValueTask.FromResult(key.Equals(HostKey.PublicKey)),
    };

    public static SshTransportOptions ServerOptions { get; } = new() { Algorithms = AlgorithmDefaults.Server, HostKeys = [HostKey] };

    public SshTransport Client { get; }

    public SshTransport Server { get; }

    public DuplexStream ClientStream { get; }

    public DuplexStream ServerStream { get; }

    /// <summary>What each side has received, once <see cref="StartReading"/> was called.</summary>
    public Inbox ClientInbox { get; private set; } = null!;

    public Inbox ServerInbox { get; private set; } = null!;

    /// <summary>Before the handshake.</summary>
    public static TransportPair Create(SshTransportOptions? client = null, SshTransportOptions? server = null, int capacity = 1024 * 1024)
    {
        (DuplexStream clientStream, DuplexStream serverStream) = DuplexStream.CreatePair(capacity);
        return new TransportPair(clientStream, serverStream, client ?? ClientOptions, server ?? ServerOptions);
    }

    /// <summary>After the handshake, with the limits of authenticated peers.</summary>
    public static async Task<TransportPair> ConnectAsync(SshTransportOptions? client = null, SshTransportOptions? server = null, int capacity = 1024 * 1024)
    {
        TransportPair pair = Create(client, server, capacity);
        await pair.HandshakeAsync();
        pair.Client.SetAuthenticated();
        pair.Server.SetAuthenticated();
        return pair;
    }

    /// <summary>A pair that is connected and reads on both sides.</summary>
    public static async Task<TransportPair> ConnectReadingAsync(SshTransportOptions? client = null, SshTransportOptions? server = null)
    {
        TransportPair pair = await ConnectAsync(client, server);
        pair.StartReading();
        return pair;
    }

    public void StartReading()
    {
        ClientInbox = new Inbox(Client);
        ServerInbox = new Inbox(Server);
    }

    /// <summary>Sends a message of a size from the client, or from the server, and expects it on the other side.</summary>
    public async Task AssertCarriesAsync(bool fromClient, int size)
    {
        byte[] message = new byte[size];
        new Random(size).NextBytes(message);
        message[0] = 94;
        SshTransport from = fromClient ? Client : Server;
        from.Write(message);
        from.FlushInBackground();
        Assert.Equal(message, await (fromClient ? ServerInbox : ClientInbox).ReadAsync());
    }

    /// <summary>Waits until both sides have finished so many key exchanges; each message that passes drives them on.</summary>
    public async Task AssertKeyExchangesAsync(int count)
    {
        for (int i = 0; i < 1000 && (Client.KeyExchanges < count || Server.KeyExchanges < count || Client.IsExchangingKeys || Server.IsExchangingKeys); i++)
        {
            await AssertCarriesAsync(fromClient: true, 10);
            await AssertCarriesAsync(fromClient: false, 10);
        }

        Assert.Equal((count, count), (Client.KeyExchanges, Server.KeyExchanges));
    }

    public Task HandshakeAsync() =>
        Task.WhenAll(Client.HandshakeAsync(CancellationToken.None), Server.HandshakeAsync(CancellationToken.None)).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Client.Abort();
        Server.Abort();
        if (ClientInbox is not null) await Task.WhenAll(ClientInbox.Run, ServerInbox.Run).WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
