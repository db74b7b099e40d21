using System.Net.Sockets;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection;

/// <summary>A small server for samples and tests: key exchange, publickey authentication, sessions. The gateway has a pipeline of its own.</summary>
public sealed class SshServer(SshServerOptions options)
{
    /// <summary>Accepts connections until cancelled; a connection's failure goes to <see cref="SshServerOptions.ConnectionFailed"/> and ends nothing else.</summary>
    /// <param name="listener">A listening socket.</param>
    /// <param name="cancellationToken">Ends the listening and every connection.</param>
    public async Task RunAsync(Socket listener, CancellationToken cancellationToken = default)
    {
        using var free = new SemaphoreSlim(options.MaxConnections);
        var connections = new HashSet<Task>();
        try
        {
            while (true)
            {
                // At the limit further clients wait in the listener's backlog.
                await free.WaitAsync(cancellationToken).ConfigureAwait(false);
                connections.RemoveWhere(task => task.IsCompleted);
                Socket socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                socket.NoDelay = true;
                connections.Add(Task.Run(() => ServeAndReleaseAsync(socket, free, cancellationToken), CancellationToken.None));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
    }

    /// <summary>Serves one connection to its end. Throws nothing: the one barrier for everything a peer can cause.</summary>
    public async Task ServeAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        await using var transport = new SshTransport(stream, isServer: true, options.Transport with { HostKeys = options.HostKeys });
        try
        {
            AuthenticatedUser user = await LoginAsync(transport, cancellationToken).ConfigureAwait(false);
            var connection = new SshConnection(transport, options.Connection with { ChannelOpening = request => Open(request, user) });
            await connection.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is SshProtocolException p) await transport.DisconnectAsync(p.Reason, p.Message).ConfigureAwait(false);
            else await transport.DisconnectAsync(DisconnectReason.ByApplication, "internal error").ConfigureAwait(false);
            options.ConnectionFailed?.Invoke(e);
        }
    }

    private async Task<AuthenticatedUser> LoginAsync(SshTransport transport, CancellationToken cancellationToken)
    {
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        grace.CancelAfter(options.LoginGrace);
        await transport.HandshakeAsync(grace.Token).ConfigureAwait(false);
        var publickey = new PublickeyServerMethod(options.Users, AlgorithmDefaults.UserKeys);
        var userauth = new UserauthServer(transport, [publickey], options.Authentication);
        AuthenticatedUser user = await userauth.RunAsync(grace.Token).ConfigureAwait(false);
        userauth.Accept();
        return user;
    }

    private void Open(ChannelOpenRequest request, AuthenticatedUser user)
    {
        if (request.ChannelType == "session" && options.Sessions is { } sessions) ServerSession.Accept(request, user, sessions(user));
        else if (options.Connection.ChannelOpening is { } handler) handler(request);
        else request.Refuse(OpenFailureReason.UnknownChannelType, "this type of channel is not accepted");
    }

    private async Task ServeAndReleaseAsync(Socket socket, SemaphoreSlim free, CancellationToken cancellationToken)
    {
        await ServeAsync(new NetworkStream(socket, ownsSocket: true), cancellationToken).ConfigureAwait(false);
        free.Release();
    }
}

/// <summary>What a server shows, whom it lets in and what it does for them.</summary>
public sealed record SshServerOptions
{
    public required IReadOnlyList<ISshSigner> HostKeys { get; init; }

    /// <summary>Says which keys belong to a user; see <see cref="AuthorizedKeySet"/>.</summary>
    public required IPublicKeyAuthority Users { get; init; }

    /// <summary>Makes the handler of each session; null: sessions are offered to <see cref="SshConnectionOptions.ChannelOpening"/> too.</summary>
    public Func<AuthenticatedUser, ISessionHandler>? Sessions { get; init; }

    /// <summary>Time until the user must be authenticated.</summary>
    public TimeSpan LoginGrace { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Connections at the same time.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>Told of connections that did not end in order; for the log.</summary>
    public Action<Exception>? ConnectionFailed { get; init; }

    public UserauthServerOptions Authentication { get; init; } = new();

    /// <summary>Algorithms, rekeying; host keys are taken from <see cref="HostKeys"/>.</summary>
    public SshTransportOptions Transport { get; init; } = new() { Algorithms = AlgorithmDefaults.Server };

    /// <summary>Limits, global requests and channels of other types than session.</summary>
    public SshConnectionOptions Connection { get; init; } = new();
}

/// <summary>The same keys for every user name.</summary>
public sealed class AuthorizedKeySet(IEnumerable<PublicKey> keys) : IPublicKeyAuthority
{
    private readonly HashSet<PublicKey> _keys = [.. keys];

    public ValueTask<bool> IsAcceptedAsync(string user, PublicKey key, string algorithm, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_keys.Contains(key));

    public bool IsSignatureAccepted(PublicKey key, SkSignatureInfo signature) => signature.UserPresent;

    public void KeyQueried(string user, PublicKey key)
    {
    }
}
