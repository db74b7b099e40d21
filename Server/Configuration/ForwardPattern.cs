using System.Globalization;
using System.Net;

namespace SshGateway.Server.Configuration;

/// <summary>One entry of a permit list: <c>[!]host[:port]</c>, where host is a name with wildcards, an address, a network
/// or <c>{dest}</c> (alone: each host of the pool with its own port), and port a number, a range <c>a-b</c> or <c>*</c>; for names and paths the whole text is a wildcard pattern.</summary>
internal sealed class ForwardPattern
{
    public const string Pool = "{dest}";

    private readonly string _whole;
    private readonly string _host;
    private readonly int _firstPort;
    private readonly int _lastPort;
    private readonly IPNetwork? _network;
    private readonly IPAddress? _address;

    private ForwardPattern(string text, string whole, string host, int firstPort, int lastPort)
    {
        Text = text;
        Negated = text.StartsWith('!');
        _whole = whole;
        _host = host;
        _firstPort = firstPort;
        _lastPort = lastPort;
        if (IPAddress.TryParse(host, out IPAddress? address)) _address = Plain(address);
        else if (IPNetwork.TryParse(host, out IPNetwork network)) _network = network;
    }

    public string Text { get; }

    public bool Negated { get; }

    /// <summary>The text can match a host and port (and not only a name).</summary>
    public bool IsDestination => _host.Length > 0 && _firstPort <= _lastPort;

    public static ForwardPattern Parse(string text)
    {
        string whole = text.StartsWith('!') ? text[1..] : text;
        (string host, string port) = Split(whole);
        // A text that is no port leaves nothing to match as a destination; it may still be a name or a path.
        return TryPorts(port, out int first, out int last)
            ? new ForwardPattern(text, whole, host, first, last)
            : new ForwardPattern(text, whole, whole, 0, -1);
    }

    public bool MatchesName(string name) => Wildcard.Matches(_whole, name);

    public bool MatchesDestination(string host, int port, IReadOnlyList<HostEndpoint>? pool)
    {
        if (_host == Pool) return InPool(host, port, pool);
        if (port < _firstPort || port > _lastPort) return false;
        if (_address is null && _network is null) return Wildcard.Matches(_host, host, ignoreCase: true);
        if (!IPAddress.TryParse(host, out IPAddress? address)) return false;
        address = Plain(address);
        return _address is not null ? _address.Equals(address) : _network!.Value.Contains(address);
    }

    private bool InPool(string host, int port, IReadOnlyList<HostEndpoint>? pool)
    {
        bool ownPort = _whole == Pool;
        if (!ownPort && (port < _firstPort || port > _lastPort)) return false;
        foreach (HostEndpoint member in pool ?? [])
        {
            if (string.Equals(member.Host, host, StringComparison.OrdinalIgnoreCase) && (!ownPort || member.Port == port)) return true;
        }

        return false;
    }

    private static (string Host, string Port) Split(string text)
    {
        if (text.StartsWith('['))
        {
            int close = text.IndexOf(']', StringComparison.Ordinal);
            if (close > 0)
            {
                string rest = text[(close + 1)..];
                return (text[1..close], rest.StartsWith(':') ? rest[1..] : rest.Length == 0 ? "*" : "?");
            }
        }

        int colon = text.LastIndexOf(':');
        // More than one colon without brackets is a bare IPv6 address or network.
        if (colon < 0 || text.IndexOf(':', StringComparison.Ordinal) != colon) return (text, "*");
        return (text[..colon], text[(colon + 1)..]);
    }

    private static bool TryPorts(string text, out int first, out int last)
    {
        (first, last) = (0, 65535);
        if (text == "*") return true;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0) return TryPort(text, out first) & TryPort(text, out last);
        return TryPort(text.AsSpan(0, dash), out first) & TryPort(text.AsSpan(dash + 1), out last);
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 0 and <= 65535;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
