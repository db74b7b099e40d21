using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Transport;

namespace SshGateway.Protocol.Tests.Transport;

/// <summary>A client and a server of ours, joined in memory.</summary>
internal sealed class TransportPair : IAsyncDisposable
{
    /// <summary>Nothing in memory takes this long; a test that waits for nothing fails instead of hanging.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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

    public Task HandshakeAsync() =>
        Task.WhenAll(Client.HandshakeAsync(CancellationToken.None), Server.HandshakeAsync(CancellationToken.None)).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Client.Abort();
        Server.Abort();
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
