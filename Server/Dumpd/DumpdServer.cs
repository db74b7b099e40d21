using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Recording.Collecting;

namespace SshGateway.Server.Dumpd;

/// <summary>Listens for gateways and writes what each of their connections brings to a file of its own.</summary>
internal sealed class DumpdServer(string folder, ILogger log) : IAsyncDisposable
{
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _accepting = [];
    private readonly ConcurrentDictionary<DumpdConnection, Task> _connections = new();
    private readonly ConcurrentDictionary<string, DumpdConnection> _writers = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    public string Folder => folder;

    /// <summary>Senders come in TLS; null: without.</summary>
    public CollectorTls? Tls { get; init; }

    public ILogger Log => log;

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public IPEndPoint Listen(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(address);
            socket.Listen(1024);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _sockets.Add(socket);
        _accepting.Add(Task.Run(() => AcceptAsync(socket)));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>
    /// Makes a connection the only one that writes a file. A sender that lost its connection comes with a new one, perhaps before the old is
    /// known to be dead: that one ends first.
    /// </summary>
    public async Task TakeOverAsync(string path, DumpdConnection writer)
    {
        while (!_writers.TryAdd(path, writer))
        {
            if (!_writers.TryGetValue(path, out DumpdConnection? other)) continue;
            other.Abort();
            await other.Ended.ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Socket socket in _sockets) socket.Dispose();
        foreach (DumpdConnection connection in _connections.Keys) connection.Abort();
        await Task.WhenAll([.. _accepting, .. _connections.Values]).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                var connection = new DumpdConnection(this, socket);
                _connections[connection] = connection.Ended;
                _ = Task.Run(() => RunAsync(connection));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (_stopping.IsCancellationRequested) return;
                log.AcceptFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }

    private async Task RunAsync(DumpdConnection connection)
    {
        await connection.RunAsync().ConfigureAwait(false);
        if (connection.Path is { } path) _writers.TryRemove(KeyValuePair.Create(path, connection));
        _connections.TryRemove(connection, out _);
        connection.SetEnded();
    }
}
