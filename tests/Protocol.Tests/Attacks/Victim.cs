using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Keys;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Attacks;

/// <summary>A whole server, or a whole client, of ours with a raw peer in front of it.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private readonly DuplexStream _near;

    private Victim(bool isServer, int capacity, SshServerOptions? server, SshClientOptions? client)
    {
        (_near, DuplexStream far) = DuplexStream.CreatePair(capacity);
        Peer = new RawPeer(far, !isServer, isServer ? UserKey : HostKey);
        Ended = Task.Run(() => isServer ? ServeAsync(server ?? ServerOptions) : ConnectAsync(client ?? ClientOptions));
    }

    public static PrivateKey UserKey => TestKeys.Ed25519;

    public static PrivateKey HostKey => TransportPair.HostKey;

    public static SshServerOptions ServerOptions { get; } = new()
    {
        HostKeys = [HostKey],
        Users = new AuthorizedKeySet([UserKey.PublicKey]),
        Sessions = static _ => new NothingToRun(),
        Transport = new SshTransportOptions { Algorithms = AlgorithmDefaults.Server with { KeyExchanges = AlgorithmDefaults.Client.KeyExchanges, Ciphers = AllCiphers, Macs = AllMacs } },
    };

    public static SshClientOptions ClientOptions { get; } = new()
    {
        VerifyHostKey = static (key, _) => ValueTask.FromResult(key.Equals(HostKey.PublicKey)),
        Algorithms = AlgorithmDefaults.Client with { Ciphers = AllCiphers, Macs = AllMacs },
    };

    public RawPeer Peer { get; }

    /// <summary>Completes when our side has ended, however.</summary>
    public Task Ended { get; }

    /// <summary>What ended our side; null: an end in order.</summary>
    public Exception? Failure { get; private set; }

    private static string[] AllCiphers => [.. Protocol.Ciphers.CipherCatalog.Ciphers.Select(cipher => cipher.Name)];

    private static string[] AllMacs => [.. Protocol.Ciphers.CipherCatalog.Macs.Select(mac => mac.Name)];

    public static Victim Server(SshServerOptions? options = null, int capacity = 1024 * 1024) => new(isServer: true, capacity, options, null);

    public static Victim Client(SshClientOptions? options = null) => new(isServer: false, 1024 * 1024, null, options);

    public static Victim Create(bool isServer) => isServer ? Server() : Client();

    /// <summary>Our side ends the connection by itself and for a reason of the protocol: nothing in it has broken.</summary>
    /// <returns>The reason that the peer was told; null if the connection was just closed.</returns>
    public async Task<DisconnectReason?> AssertRefusesAsync(string attack)
    {
        DisconnectReason? reason = null;
        try
        {
            reason = await Peer.ReadToEndAsync();
            await Ended.WaitAsync(TransportPair.Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{attack}: nothing happens");
        }

        Assert.True(Failure is SshProtocolException or SshConnectionClosedException, $"{attack}: {Failure?.ToString() ?? "ended in order"}");
        return reason;
    }

    /// <summary>Sends bytes as far as our side takes them: it may have closed already.</summary>
    public async Task SendWhileTakenAsync(byte[] bytes)
    {
        try
        {
            await Peer.SendBytesAsync(bytes);
        }
        catch (IOException)
        {
            // Closed.
        }
    }

    /// <summary>A login in order works.</summary>
    public static async Task AssertLivesAsync(bool isServer)
    {
        await using Victim victim = Create(isServer);
        await victim.Peer.AdvanceAsync(RawStep.Authenticated);
        await victim.AssertAnswersAsync();
    }

    /// <summary>Our side still serves its peer, behind authentication.</summary>
    public async Task AssertAnswersAsync()
    {
        await Peer.SendAsync([(byte)MessageId.GlobalRequest, .. RawPeer.EncodeString("keepalive@openssh.com"u8), 1]);
        while (true)
        {
            byte[] message = await Peer.ReadAsync() ?? throw new InvalidOperationException($"closed: {Failure}");
            if ((MessageId)message[0] == MessageId.RequestFailure) return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Peer.DisposeAsync();
        await Ended.WaitAsync(TransportPair.Patience);
        await _near.DisposeAsync();
    }

    private Task ServeAsync(SshServerOptions options) => new SshServer(options with { ConnectionFailed = e => Failure = e }).ServeAsync(_near);

    private async Task ConnectAsync(SshClientOptions options)
    {
        try
        {
            await using SshClient client = await SshClient.ConnectAsync(_near, "user", [UserKey], options);
            await client.Completion;
        }
        catch (Exception e)
        {
            Failure = e;
        }
    }

    private sealed class NothingToRun : ISessionHandler
    {
        public Task<ExitStatus> RunAsync(ServerSession session, SessionStart start, CancellationToken cancellationToken) => Task.FromResult<ExitStatus>(0);
    }
}
