using System.Net;
using System.Net.Sockets;

namespace SshGateway.Server.Destinations;

/// <summary>The full name of this machine.</summary>
internal static class MachineName
{
    /// <summary>The canonical name that the resolver knows for the host name; the host name itself when it knows none.</summary>
    public static string Find()
    {
        string name = Dns.GetHostName();
        try
        {
            string full = Dns.GetHostEntry(name).HostName;
            return full.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(full, out _) ? full.TrimEnd('.') : name;
        }
        catch (SocketException)
        {
            return name;
        }
    }
}
