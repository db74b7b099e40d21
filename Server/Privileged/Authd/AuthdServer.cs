using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Commands;
using SshGateway.Server.Listeners;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// The helper: listens on its socket and serves the gateway's user, one request a connection. Given a connection in place of a
/// listening socket (Accept=yes of systemd), it serves that one and ends.
/// </summary>
internal sealed class AuthdServer(AuthdOptions options, ILogger log) : IAsyncDisposable
{
    private readonly Socket _socket = options.Inherited ?? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly AuthdShared _shared = new(options, log);
    private readonly ConcurrentDictionary<Task, bool> _connections = new();

    private bool IsConnection => options.Inherited is { } inherited && !InheritedSockets.IsListening(inherited);

    /// <summary>Binds the socket, unless it was inherited: whoever connects from now on is served.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public void Start()
    {
        if (IsConnection) return;
        if (options.Inherited is null)
        {
            HelperSocket.Bind(_socket, options.Socket, options.AllowedUid);
            _socket.Listen(512);
        }

        if (options.KeepSpare) _shared.Children.Prepare();
        log.AuthdStarted(VersionCommand.Version, options.AllowedUid, options.Socket);
    }

    /// <summary>Serves until the token says stop; what is running then is ended.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (IsConnection)
            {
                if (IsAllowed(_socket)) await new AuthdConnection(_socket, options, _shared, log).ServeAsync(stopping).ConfigureAwait(false);
                return;
            }

            while (true)
            {
                Socket peer = await _socket.AcceptAsync(stopping).ConfigureAwait(false);
                if (IsAllowed(peer)) Serve(peer, stopping);
                else peer.Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }

        await Task.WhenAll(_connections.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        log.AuthdStopped();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (options.Inherited is null) HelperSocket.Remove(options.Socket);
        await _shared.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsAllowed(Socket peer)
    {
        uint uid = SystemCalls.PeerUid(peer);
        if (uid == options.AllowedUid || uid == 0)
        {
            if (_connections.Count < options.MaxConnections) return true;
            log.RequestRefused("too many connections");
            return false;
        }

        log.PeerRefused(uid);
        return false;
    }

    private void Serve(Socket peer, CancellationToken stopping)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[ended.Task] = true;
        _ = Task.Run(
            async () =>
            {
                try
                {
                    await new AuthdConnection(peer, options, _shared, log).ServeAsync(stopping).ConfigureAwait(false);
                }
                finally
                {
                    _connections.TryRemove(ended.Task, out _);
                    ended.SetResult();
                }
            },
            CancellationToken.None);
    }
}
