using System.Net;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>
/// Where a key may be used from: <c>from="…"</c> of authorized_keys (addresses, networks, wildcards on address and host
/// name, negation) or <c>source-address</c> of a certificate (addresses and networks only).
/// </summary>
public sealed class SourceList
{
    private readonly Item[] _items;

    private SourceList(string text, Item[] items)
    {
        Text = text;
        _items = items;
    }

    /// <summary>The list as written.</summary>
    public string Text { get; }

    /// <summary>Parses the value of <c>from</c>; null when a network has bits set behind its prefix or an element is empty.</summary>
    public static SourceList? TryParse(string text) => Parse(text, networksOnly: false);

    /// <summary>Parses the value of <c>source-address</c>; null when an element is neither an address nor a network.</summary>
    public static SourceList? TryParseNetworks(string text) => Parse(text, networksOnly: true);

    /// <summary>Is the source allowed? A matching negated element forbids it whatever else matches.</summary>
    /// <param name="address">The client's address; an IPv4 address mapped into IPv6 counts as IPv4.</param>
    /// <param name="hostName">Its verified name, when one is known.</param>
    public bool Allows(IPAddress address, string? hostName = null)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        string text = address.ToString();
        bool allowed = false;
        foreach (Item item in _items)
        {
            bool matches = item.Network is { } network
                ? network.Contains(address)
                : Wildcard.Matches<char>(item.Pattern, text) || (hostName is not null && Wildcard.Matches<char>(item.Pattern, hostName));
            if (!matches) continue;
            if (item.Negated) return false;
            allowed = true;
        }

        return allowed;
    }

    public override string ToString() => Text;

    private static SourceList? Parse(string text, bool networksOnly)
    {
        string[] parts = text.Split(',');
        var items = new Item[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (ParseItem(parts[i], networksOnly) is not { } item) return null;
            items[i] = item;
        }

        return new SourceList(text, items);
    }

    private static Item? ParseItem(string text, bool networksOnly)
    {
        bool negated = !networksOnly && text.StartsWith('!');
        string pattern = negated ? text[1..] : text;
        if (pattern.Length == 0) return null;
        if (pattern.Contains('/'))
            return TryParseNetwork(pattern, out IPNetwork network) ? new Item(pattern, network, negated) : null;

        // "1" and "0x7f.1" are addresses to .NET but patterns to OpenSSH.
        bool isAddress = IPAddress.TryParse(pattern, out IPAddress? address) && (pattern.Contains(':') || pattern.Count(c => c == '.') == 3);
        if (isAddress) return new Item(pattern, new IPNetwork(address!, address!.GetAddressBytes().Length * 8), negated);
        return networksOnly ? null : new Item(pattern, Network: null, negated);
    }

    // A network with bits behind its prefix is a mistake of whoever wrote it; nobody can say what was meant.
    private static bool TryParseNetwork(string text, out IPNetwork network) =>
        IPNetwork.TryParse(text, out network)
        && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/')), out IPAddress? address)
        && network.BaseAddress.Equals(address);

    private sealed record Item(string Pattern, IPNetwork? Network, bool Negated);
}
