using System.Net.Sockets;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>A client: connected, host key checked, authenticated, its read loop running.</summary>
public sealed class SshClient : IAsyncDisposable
{
    private readonly Task _run;

    private SshClient(SshConnection connection)
    {
        Connection = connection;
        _run = Task.Run(() => connection.RunAsync());
    }

    public SshConnection Connection { get; }

    /// <summary>Completes when the connection has ended; fails with what ended it, unless that was in order.</summary>
    public Task Completion => _run;

    /// <summary>Connects by TCP and logs in.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="user">User name.</param>
    /// <param name="signers">Keys to offer, in their order.</param>
    /// <param name="options">How the host key is judged, and limits.</param>
    /// <param name="cancellationToken">Cancels connecting and logging in.</param>
    /// <exception cref="SocketException">The host cannot be reached.</exception>
    /// <exception cref="SshAuthenticationException">The server accepts none of the keys.</exception>
    /// <exception cref="SshProtocolException">The key exchange failed; reason HostKeyNotVerifiable: the host key was not trusted.</exception>
    /// <exception cref="SshConnectionClosedException">The server closed the connection.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or <see cref="SshClientOptions.ConnectTimeout"/> is over.</exception>
    public static async Task<SshClient> ConnectAsync(
        string host, int port, string user, IReadOnlyList<ISshSigner> signers, SshClientOptions options, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, both.Token).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return await ConnectAsync(new NetworkStream(socket, ownsSocket: true), user, signers, options, both.Token).ConfigureAwait(false);
    }

    /// <summary>As <see cref="ConnectAsync(string, int, string, IReadOnlyList{ISshSigner}, SshClientOptions, CancellationToken)"/> over a stream, which becomes ours; no time limit.</summary>
    public static async Task<SshClient> ConnectAsync(
        Stream stream, string user, IReadOnlyList<ISshSigner> signers, SshClientOptions options, CancellationToken cancellationToken = default)
    {
        var transport = new SshTransport(stream, isServer: false, options.ToTransport());
        try
        {
            await transport.HandshakeAsync(cancellationToken).ConfigureAwait(false);
            var userauth = new UserauthClient(transport) { BannerReceived = options.BannerReceived };
            UserauthResult result = await userauth.AuthenticateAsync(user, [new PublickeyClientMethod(signers)], cancellationToken).ConfigureAwait(false);
            if (!result.IsSuccess) throw new SshAuthenticationException(result.CanContinue);
            return new SshClient(new SshConnection(transport, options.Connection));
        }
        catch (Exception e)
        {
            if (e is SshProtocolException p) await transport.DisconnectAsync(p.Reason, p.Message).ConfigureAwait(false);
            else if (e is SshAuthenticationException) await transport.DisconnectAsync(DisconnectReason.NoMoreAuthMethodsAvailable, e.Message).ConfigureAwait(false);
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a session (RFC 4254 §6.1).</summary>
    /// <exception cref="SshChannelException">The server refuses.</exception>
    public Task<SshSession> OpenSessionAsync(CancellationToken cancellationToken = default) => SshSession.OpenAsync(Connection, cancellationToken);

    /// <summary>Lets the server connect to a host: a channel of type direct-tcpip (RFC 4254 §7.2).</summary>
    /// <exception cref="SshChannelException">The server refuses, or could not connect.</exception>
    public Task<SshChannel> OpenDirectTcpAsync(
        string host, int port, string originatorAddress = "127.0.0.1", int originatorPort = 0, CancellationToken cancellationToken = default) =>
        Connection.OpenChannelAsync("direct-tcpip", EncodeDirectTcp(host, port, originatorAddress, originatorPort), null, cancellationToken);

    /// <summary>Disconnects and frees the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await Connection.DisconnectAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Connection.Transport.DisposeAsync().ConfigureAwait(false);
    }

    private static byte[] EncodeDirectTcp(string host, int port, string originatorAddress, int originatorPort)
    {
        // string host to connect, uint32 port to connect, string originator IP address, uint32 originator port
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteString(host);
        writer.WriteUInt32((uint)port);
        writer.WriteString(originatorAddress);
        writer.WriteUInt32((uint)originatorPort);
        return writer.ToArray();
    }
}

/// <summary>How a client judges the server and what it may do.</summary>
public sealed record SshClientOptions
{
    /// <summary>Judges the server's host key; false ends the connection before any credential was sent.</summary>
    public required Func<PublicKey, CancellationToken, ValueTask<bool>> VerifyHostKey { get; init; }

    public AlgorithmPreferences Algorithms { get; init; } = AlgorithmDefaults.Client;

    /// <summary>Time for connecting, key exchange and authentication together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Text that the server shows before authentication, as sent; to be escaped before it is shown.</summary>
    public Action<byte[]>? BannerReceived { get; init; }

    public RekeyLimits RekeyLimits { get; init; } = new();

    public SshConnectionOptions Connection { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal SshTransportOptions ToTransport() => new()
    {
        Algorithms = Algorithms,
        VerifyHostKey = VerifyHostKey,
        RekeyLimits = RekeyLimits,
        TimeProvider = TimeProvider,
    };
}

/// <summary>The server accepts none of our credentials.</summary>
public sealed class SshAuthenticationException(IReadOnlyList<string> canContinue)
    : Exception($"authentication failed; the server accepts: {string.Join(", ", canContinue)}")
{
    /// <summary>Methods that the server listed last.</summary>
    public IReadOnlyList<string> CanContinue { get; } = canContinue;
}
