using System.Globalization;
using System.Net;

namespace SshGateway.Server.Configuration;

/// <summary>A host name or address literal (without brackets) and a TCP port.</summary>
internal readonly record struct HostEndpoint(string Host, int Port)
{
    public const int DefaultPort = 22;

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]</c>, <c>[v6]:port</c> or a bare IPv6 address.</summary>
    public static bool TryParse(string text, int defaultPort, out HostEndpoint endpoint)
    {
        endpoint = default;
        string host = text;
        ReadOnlySpan<char> port = default;
        if (text.StartsWith('['))
        {
            int close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) return false;
            host = text[1..close];
            if (!IPAddress.TryParse(host, out _)) return false;
            ReadOnlySpan<char> rest = text.AsSpan(close + 1);
            if (rest.Length > 0 && rest[0] != ':') return false;
            port = rest.Length > 0 ? rest[1..] : default;
            if (rest.Length == 1) return false;
        }
        else
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0 && text.IndexOf(':', colon + 1) < 0)
            {
                host = text[..colon];
                port = text.AsSpan(colon + 1);
                if (port.IsEmpty) return false;
            }
            else if (colon >= 0 && !IPAddress.TryParse(text, out _))
            {
                return false;
            }
        }

        int number = defaultPort;
        if (!port.IsEmpty && !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number)) return false;
        if (host.Length is 0 or > 255 || number is < 1 or > 65535 || !IsHostText(host)) return false;
        endpoint = new HostEndpoint(host, number);
        return true;
    }

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsHostText(string host)
    {
        foreach (char c in host)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or ':' or '%' or '+')) return false;
        }

        return host[0] != '-';
    }
}
