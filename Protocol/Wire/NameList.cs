using System.Text;

namespace SshGateway.Protocol.Wire;

/// <summary>name-list of RFC 4251 §5: names of 1–64 printable ASCII characters, separated by commas.</summary>
public static class NameList
{
    private const int MaxNames = 1024;

    /// <summary>Parses a list; empty names or more than 1,024 of them are a protocol error.</summary>
    public static string[] Parse(ReadOnlySpan<byte> list)
    {
        if (list.IsEmpty) return [];
        int count = list.Count((byte)',') + 1;
        if (count > MaxNames) throw new SshProtocolException(DisconnectReason.ProtocolError, "a name-list has too many names");
        var names = new string[count];
        for (int i = 0; i < count; i++)
        {
            int comma = list.IndexOf((byte)',');
            ReadOnlySpan<byte> name = comma < 0 ? list : list[..comma];
            if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
                throw new SshProtocolException(DisconnectReason.ProtocolError, "a name-list holds an invalid name");
            names[i] = Encoding.ASCII.GetString(name);
            list = comma < 0 ? default : list[(comma + 1)..];
        }

        return names;
    }

    /// <summary>The first name of <paramref name="client"/> that <paramref name="server"/> has too (RFC 4253 §7.1), or null.</summary>
    public static string? Negotiate(IReadOnlyList<string> client, IReadOnlyList<string> server)
    {
        foreach (string name in client)
        {
            for (int i = 0; i < server.Count; i++)
            {
                if (string.Equals(server[i], name, StringComparison.Ordinal)) return name;
            }
        }

        return null;
    }
}
