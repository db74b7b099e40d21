using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Tests.Transport;

namespace SshGateway.Interop.Tests.Attacks;

/// <summary>A destination that does what a test tells it, with each connection: it speaks the protocol only as far as it likes.</summary>
internal sealed class HostileDestination : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _count;

    public HostileDestination(PrivateKey hostKey)
    {
        HostKey = hostKey;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The key it shows from the next connection on.</summary>
    public PrivateKey HostKey { get; set; }

    /// <summary>What it does with the next connections; the connection is closed when it returns.</summary>
    public Func<RawPeer, Task> Script { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Connections so far.</summary>
    public int Count => Volatile.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _count);
                _connections.Add(Task.Run(() => ServeAsync(socket)));
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        await using CancellationTokenRegistration registration = _stop.Token.Register(stream.Dispose);
        await using var peer = new RawPeer(stream, isServer: true, HostKey);
        try
        {
            await Script(peer);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException or TimeoutException or Protocol.Wire.SshProtocolException)
        {
            // The gateway has left: that is what most scripts are for.
        }
    }
}
