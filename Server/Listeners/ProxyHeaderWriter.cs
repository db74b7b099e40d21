using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Listeners;

/// <summary>Writes the header of the PROXY protocol, so that a destination learns who the user's client is.</summary>
internal static class ProxyHeaderWriter
{
    /// <summary>Sends the header as the first bytes of a connection; nothing where none is wanted.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    public static async ValueTask WriteAsync(Socket socket, ProxyHeader version, ProxiedConnection? connection, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> header = Encode(version, connection);
        while (header.Length > 0) header = header[await socket.SendAsync(header, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
    }

    public static byte[] Encode(ProxyHeader version, ProxiedConnection? connection) => version switch
    {
        ProxyHeader.V1 => Line(connection),
        ProxyHeader.V2 => Binary(connection),
        _ => [],
    };

    private static byte[] Line(ProxiedConnection? connection)
    {
        if (connection is null) return "PROXY UNKNOWN\r\n"u8.ToArray();
        (IPAddress source, IPAddress destination) = SameFamily(connection);
        string family = source.AddressFamily == AddressFamily.InterNetwork ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {Spelled(source)} {Spelled(destination)} {connection.Source.Port} {connection.Destination.Port}\r\n");
    }

    private static byte[] Binary(ProxiedConnection? connection)
    {
        byte[] addresses = [];
        if (connection is not null)
        {
            (IPAddress source, IPAddress destination) = SameFamily(connection);
            addresses = [.. source.GetAddressBytes(), .. destination.GetAddressBytes(), 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt16BigEndian(addresses.AsSpan(addresses.Length - 4), (ushort)connection.Source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(addresses.AsSpan(addresses.Length - 2), (ushort)connection.Destination.Port);
        }

        // 0x21: version 2, PROXY; 0x20: LOCAL. 0x11 and 0x21: TCP over IPv4 and IPv6.
        byte family = addresses.Length switch { 0 => 0, 12 => 0x11, _ => 0x21 };
        return [.. ProxyHeaderReader.Signature, (byte)(connection is null ? 0x20 : 0x21), family, 0, (byte)addresses.Length, .. addresses];
    }

    private static (IPAddress Source, IPAddress Destination) SameFamily(ProxiedConnection connection)
    {
        (IPAddress source, IPAddress destination) = (connection.Source.Address, connection.Destination.Address);
        if (source.AddressFamily == destination.AddressFamily) return (source, destination);
        return (source.MapToIPv6(), destination.MapToIPv6());
    }

    // Without a zone: it means nothing elsewhere.
    private static string Spelled(IPAddress address) => new IPAddress(address.GetAddressBytes()).ToString();
}
