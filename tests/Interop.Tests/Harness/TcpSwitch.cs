using System.Net;
using System.Net.Sockets;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>A port that stays the same while the server behind it changes: one gateway serves many rows of a matrix.</summary>
internal sealed class TcpSwitch : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public TcpSwitch()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    /// <summary>Where connections that arrive from now on lead; 0: they are closed at once.</summary>
    public int Target { get; set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private static async Task SpliceAsync(Socket from, int port)
    {
        using (from)
        using (var to = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await to.ConnectAsync(IPAddress.Loopback, port);
            }
            catch (SocketException)
            {
                return;
            }

            await Task.WhenAll(CopyAsync(from, to), CopyAsync(to, from));
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One end is gone; closing both tells the other one.
            from.Dispose();
            to.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync();
                int target = Target;
                served.Add(Task.Run(() => SpliceAsync(socket, target)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served).WaitAsync(ChildProcess.DefaultTimeout);
        }
    }
}
