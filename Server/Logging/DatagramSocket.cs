using System.Net.Sockets;

namespace SshGateway.Server.Logging;

/// <summary>The Unix socket of a daemon that takes log lines as datagrams (syslog, the journal). Thread-safe.</summary>
internal sealed class DatagramSocket(string path) : IDisposable
{
    /// <summary>A daemon that hangs keeps nobody longer.</summary>
    private const int SendMilliseconds = 1000;

    private readonly Lock _lock = new();
    private Socket? _socket;

    /// <summary>False when nobody takes it.</summary>
    public bool Send(byte[] datagram)
    {
        lock (_lock)
        {
            // The daemon was restarted, perhaps: one new connection is tried.
            return TrySend(datagram) || TrySend(datagram);
        }
    }

    public void Dispose()
    {
        lock (_lock) Close();
    }

    private bool TrySend(byte[] datagram)
    {
        try
        {
            if (_socket is null)
            {
                _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = SendMilliseconds };
                _socket.Connect(new UnixDomainSocketEndPoint(path));
            }

            _socket.Send(datagram);
            return true;
        }
        catch (Exception e) when (e is SocketException or ArgumentException or ObjectDisposedException)
        {
            Close();
            return false;
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
