using System.Text;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Transport;

/// <summary>The identification strings that open a connection (RFC 4253 §4.2).</summary>
internal static class Identification
{
    /// <summary>Longest identification line, with CR and LF.</summary>
    public const int MaxLength = 255;

    /// <summary>A server may send other lines first (RFC 4253 §4.2); how many a client of ours reads.</summary>
    private const int MaxLinesBefore = 64;

    public static byte[] Encode(string identification) => Encoding.ASCII.GetBytes(identification + "\r\n");

    /// <summary>
    /// Reads the peer's line, byte-exact: what follows it stays in the socket. Lines before it are allowed from a server only.
    /// </summary>
    /// <returns>The line without CR LF.</returns>
    public static async ValueTask<string> ReadAsync(Stream stream, bool fromServer)
    {
        byte[] line = new byte[MaxLength];
        for (int lines = 0; lines <= MaxLinesBefore; lines++)
        {
            int length = await ReadLineAsync(stream, line).ConfigureAwait(false);
            ReadOnlySpan<byte> text = line.AsSpan(0, length);
            if (text.StartsWith("SSH-"u8)) return Validate(text);
            if (!fromServer) break;
        }

        throw new SshProtocolException(DisconnectReason.ProtocolVersionNotSupported, "invalid SSH identification string");
    }

    /// <summary>softwareversion of an identification line: what stands behind the second hyphen, comments cut.</summary>
    public static string SoftwareVersion(string identification)
    {
        int second = identification.IndexOf('-', 4);
        string rest = second < 0 ? "" : identification[(second + 1)..];
        int space = rest.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? rest : rest[..space];
    }

    private static string Validate(ReadOnlySpan<byte> line)
    {
        // SSH-1.99 stands for a server of both versions (RFC 4253 §5.1).
        if (!line.StartsWith("SSH-2.0-"u8) && !line.StartsWith("SSH-1.99-"u8))
            throw new SshProtocolException(DisconnectReason.ProtocolVersionNotSupported, "only SSH protocol version 2.0 is supported");
        if (line.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
            throw new SshProtocolException(DisconnectReason.ProtocolVersionNotSupported, "the identification string holds an invalid character");
        return Encoding.ASCII.GetString(line);
    }

    private static async ValueTask<int> ReadLineAsync(Stream stream, byte[] line)
    {
        // One byte at a time: nothing behind the line may be consumed. It happens once per connection, from a buffered socket.
        byte[] one = new byte[1];
        for (int length = 0; ;)
        {
            if (await stream.ReadAsync(one.AsMemory()).ConfigureAwait(false) == 0)
                throw new SshConnectionClosedException("the connection was closed before an identification string came");
            if (one[0] == (byte)'\n') return length > 0 && line[length - 1] == (byte)'\r' ? length - 1 : length;
            if (length == line.Length)
                throw new SshProtocolException(DisconnectReason.ProtocolVersionNotSupported, "the identification string is too long");
            line[length++] = one[0];
        }
    }
}
