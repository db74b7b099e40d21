using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Listeners;

/// <summary>One address that is listened on.</summary>
internal sealed class Listener : IDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private Task _accepting = Task.CompletedTask;

    private Listener(HostEndpoint configured, Socket socket)
    {
        Configured = configured;
        _socket = socket;
        Address = socket.LocalEndPoint!;
    }

    /// <summary>As the configuration has it.</summary>
    public HostEndpoint Configured { get; }

    /// <summary>As it is bound: a port 0 has become one.</summary>
    public EndPoint Address { get; }

    /// <summary>Binds the address; connections wait until <see cref="Start"/>.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static Listener Bind(HostEndpoint configured)
    {
        var address = new IPEndPoint(IPAddress.Parse(configured.Host), configured.Port);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // [::] and 0.0.0.0 stand beside each other.
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            PortBinder.Bind(socket, address);
            socket.Listen(512);
            return new Listener(configured, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that listens already, handed over by systemd.</summary>
    public static Listener Adopt(Socket socket)
    {
        var address = (IPEndPoint)socket.LocalEndPoint!;
        return new Listener(new HostEndpoint(address.Address.ToString(), address.Port), socket);
    }

    public void Start(Action<Socket> accepted, ILogger logger, TimeProvider time)
    {
        logger.Listening(Address);
        _accepting = Task.Run(() => AcceptAsync(accepted, logger, time));
    }

    /// <summary>Stops to listen; connections that were accepted are not touched.</summary>
    public async Task StopAsync()
    {
        Dispose();
        await _accepting.ConfigureAwait(false);
        _stop.Dispose();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
    }

    private async Task AcceptAsync(Action<Socket> accepted, ILogger logger, TimeProvider time)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                accepted(await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (_stop.IsCancellationRequested) return;
                // Out of descriptors, most likely: those who are connected go on, others wait in the backlog for a moment.
                logger.AcceptFailed(e, Address);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time).ConfigureAwait(false);
            }
        }
    }
}
