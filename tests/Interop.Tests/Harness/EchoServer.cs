using System.Net;
using System.Net.Sockets;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>What forwarded connections end at: sends back what it gets and, after the end of that, closes its side.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Task _accepting;
    private int _connections;

    private EchoServer(EndPoint endPoint)
    {
        _listener = new Socket(
            endPoint.AddressFamily, SocketType.Stream, endPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        _listener.Bind(endPoint);
        _listener.Listen(64);
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public int Connections => Volatile.Read(ref _connections);

    public static EchoServer OnTcp() => new(new IPEndPoint(IPAddress.Loopback, 0));

    public static EchoServer OnSocketFile(string path) => new(new UnixDomainSocketEndPoint(path));

    /// <summary>Sends all, closes the sending side and returns what came back until the end.</summary>
    public static async Task<byte[]> ExchangeAsync(EndPoint endPoint, ReadOnlyMemory<byte> data)
    {
        using var deadline = new CancellationTokenSource(ChildProcess.DefaultTimeout);
        using Socket socket = await ConnectAsync(endPoint);
        return await ExchangeAsync(socket, data, deadline.Token);
    }

    public static async Task<byte[]> ExchangeAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket);
        var received = new MemoryStream();
        Task reading = stream.CopyToAsync(received, cancellationToken);
        try
        {
            await stream.WriteAsync(data, cancellationToken);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (data.IsEmpty && e is IOException or SocketException)
        {
            // Who has nothing to say may find the line cut already; what came back counts.
        }

        await reading;
        return received.ToArray();
    }

    /// <summary>Connects as soon as somebody listens: the client takes a moment to set its forwards up.</summary>
    public static async Task<Socket> ConnectAsync(EndPoint endPoint)
    {
        Socket? connected = null;
        await Eventually.BecomesTrueAsync(
            async () => (connected = await TryConnectAsync(endPoint)) is not null, $"somebody listens on {endPoint}");
        return connected!;
    }

    public static async Task<Socket?> TryConnectAsync(EndPoint endPoint)
    {
        var socket = new Socket(
            endPoint.AddressFamily, SocketType.Stream, endPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private static async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[65536];
            try
            {
                int count;
                while ((count = await socket.ReceiveAsync(buffer)) > 0)
                {
                    for (int sent = 0; sent < count;)
                    {
                        sent += await socket.SendAsync(buffer.AsMemory(sent, count - sent));
                    }
                }

                socket.Shutdown(SocketShutdown.Both);
            }
            catch (SocketException)
            {
                // The peer is gone; the test sees it on its own side.
            }
        }
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync();
                Interlocked.Increment(ref _connections);
                served.Add(Task.Run(() => EchoAsync(socket)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served).WaitAsync(ChildProcess.DefaultTimeout);
        }
    }
}
