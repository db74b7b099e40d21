using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>Ports of the loopback interface: free ones, and whether an SSH server answers on one.</summary>
internal static class LoopbackPort
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A free port below the range the kernel gives to clients, so that no connection of ours takes it meanwhile.</summary>
    public static int Free()
    {
        lock (Given)
        {
            while (true)
            {
                int port = Random.Shared.Next(12000, 32000);
                if (!Given.Contains(port) && CanBind(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }
    }

    public static bool CanBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads the identification string of the server on a port; null when nobody (or nobody who speaks SSH) answers.</summary>
    public static async Task<string?> ReadIdentificationAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            string? line = await reader.ReadLineAsync(cancellationToken);
            return line is not null && line.StartsWith("SSH-2.0-", StringComparison.Ordinal) ? line : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
    }
}
