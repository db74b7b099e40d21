using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SshGateway.Server.Listeners;

/// <summary>Who connected to whom, as a trusted proxy tells; null where it speaks for itself (LOCAL, UNKNOWN).</summary>
internal sealed record ProxiedConnection(IPEndPoint Source, IPEndPoint Destination);

/// <summary>The header is missing or malformed: the connection is closed, nothing is guessed.</summary>
internal sealed class ProxyHeaderException(string message) : Exception(message);

/// <summary>
/// Reads the header of the PROXY protocol, version 1 or 2, and not one byte of what follows it.
/// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
/// </summary>
internal static class ProxyHeaderReader
{
    /// <summary>Longest header of version 1, with CR LF.</summary>
    private const int MaxLine = 107;

    /// <summary>Addresses and TLVs of version 2; a client's certificate in a TLV fits.</summary>
    private const int MaxBody = 16 * 1024;

    private const int SignatureLength = 12;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <exception cref="ProxyHeaderException">There is no header, or it is malformed.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    public static async Task<ProxiedConnection?> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        // Both versions have at least 12 bytes ("PROXY UNKNOWN\r\n" has 15).
        byte[] start = new byte[SignatureLength + 4];
        await FillAsync(socket, start.AsMemory(0, SignatureLength), cancellationToken).ConfigureAwait(false);
        if (start.AsSpan(0, SignatureLength).SequenceEqual(Signature))
        {
            await FillAsync(socket, start.AsMemory(SignatureLength), cancellationToken).ConfigureAwait(false);
            int length = BinaryPrimitives.ReadUInt16BigEndian(start.AsSpan(14));
            if (length > MaxBody) throw new ProxyHeaderException($"it is larger than {MaxBody} bytes");
            byte[] body = new byte[length];
            await FillAsync(socket, body, cancellationToken).ConfigureAwait(false);
            return ParseBinary(start[12], start[13], body);
        }

        if (!start.AsSpan(0, 6).SequenceEqual("PROXY "u8)) throw new ProxyHeaderException("there is none");
        return ParseLine(await ReadLineAsync(socket, start.AsMemory(0, SignatureLength), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Version 1: <c>PROXY TCP4 SOURCE DESTINATION SOURCEPORT DESTINATIONPORT</c>, without the CR LF.</summary>
    internal static ProxiedConnection? ParseLine(string line)
    {
        string[] parts = line.Split(' ');
        if (parts.Length >= 2 && parts[0] == "PROXY" && parts[1] == "UNKNOWN") return null;
        if (parts is not ["PROXY", "TCP4" or "TCP6", string source, string destination, string sourcePort, string destinationPort])
            throw new ProxyHeaderException("it is malformed");
        AddressFamily family = parts[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        return new ProxiedConnection(EndPoint(family, source, sourcePort), EndPoint(family, destination, destinationPort));
    }

    /// <summary>
    /// Version 2, behind the signature: 4 bits version (2), 4 bits command; 4 bits address family, 4 bits transport; u16 length; addresses;
    /// TLVs, which are skipped.
    /// </summary>
    internal static ProxiedConnection? ParseBinary(byte versionAndCommand, byte familyAndTransport, ReadOnlySpan<byte> body)
    {
        if (versionAndCommand >> 4 != 2) throw new ProxyHeaderException("its version is unknown");
        switch (versionAndCommand & 0xf)
        {
            case 0: // LOCAL: the proxy itself, a health check for instance
                return null;
            case 1: // PROXY
                break;
            default:
                throw new ProxyHeaderException("its command is unknown");
        }

        int size = familyAndTransport switch
        {
            0x11 => 4, // TCP over IPv4
            0x21 => 16, // TCP over IPv6
            0x00 or 0x12 or 0x22 or 0x31 or 0x32 => 0, // unspecified, datagrams, Unix sockets: no address that means something here
            _ => throw new ProxyHeaderException("its address family is unknown"),
        };
        if (size == 0) return null;
        if (body.Length < (2 * size) + 4) throw new ProxyHeaderException("its addresses are cut off");
        return new ProxiedConnection(
            new IPEndPoint(new IPAddress(body[..size]), BinaryPrimitives.ReadUInt16BigEndian(body[(2 * size)..])),
            new IPEndPoint(new IPAddress(body[size..(2 * size)]), BinaryPrimitives.ReadUInt16BigEndian(body[((2 * size) + 2)..])));
    }

    private static IPEndPoint EndPoint(AddressFamily family, string address, string port)
    {
        // What .NET takes for addresses besides the usual forms (012.1, 1.2, fe80::1%eth0) is refused: it has one spelling in a header.
        bool good = IPAddress.TryParse(address, out IPAddress? parsed) && parsed.AddressFamily == family
            && (family != AddressFamily.InterNetwork || parsed.ToString() == address) && !address.AsSpan().ContainsAny('%', '[', ']');
        if (!good || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
            throw new ProxyHeaderException("it has a bad address");
        return new IPEndPoint(parsed!, number);
    }

    // Looks at what has come, takes it up to the end of the line at most.
    private static async Task<string> ReadLineAsync(Socket socket, ReadOnlyMemory<byte> start, CancellationToken cancellationToken)
    {
        byte[] line = new byte[MaxLine];
        start.CopyTo(line);
        int length = start.Length;
        while (length < MaxLine)
        {
            int seen = await socket.ReceiveAsync(line.AsMemory(length), SocketFlags.Peek, cancellationToken).ConfigureAwait(false);
            if (seen == 0) break;
            int end = line.AsSpan(length, seen).IndexOf((byte)'\n');
            int taken = end < 0 ? seen : end + 1;
            await FillAsync(socket, line.AsMemory(length, taken), cancellationToken).ConfigureAwait(false);
            length += taken;
            if (end < 0) continue;
            if (line[length - 2] != '\r' || line.AsSpan(0, length - 2).ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)) break;
            return Encoding.ASCII.GetString(line, 0, length - 2);
        }

        throw new ProxyHeaderException("its line is malformed");
    }

    private static async Task FillAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            int read = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            if (read == 0) throw new ProxyHeaderException("the connection was closed before it was complete");
            buffer = buffer[read..];
        }
    }
}
