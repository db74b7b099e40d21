using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Algorithms;

/// <summary>What a gateway offers on each leg, after its configuration.</summary>
/// <param name="ClientLeg">Towards users. Host key algorithms without a key of the gateway are left out when a client comes.</param>
/// <param name="UserKeys">Signature algorithms accepted from users.</param>
internal sealed record OfferedAlgorithms(AlgorithmPreferences ClientLeg, IReadOnlyList<string> UserKeys)
{
    /// <summary>Applies the lists of <c>algorithms</c> to the defaults.</summary>
    public static OfferedAlgorithms For(AlgorithmConfiguration configuration) => new(
        new AlgorithmPreferences
        {
            KeyExchanges = Expand("kex", configuration.Kex),
            HostKeys = Expand("host_keys", configuration.HostKeys),
            Ciphers = Expand("ciphers", configuration.Ciphers),
            Macs = Expand("macs", configuration.Macs),
            Compressions = configuration.Compression ? AlgorithmDefaults.ServerKnown.Compressions : AlgorithmDefaults.Server.Compressions,
        },
        Expand("user_keys", configuration.UserKeys));

    /// <summary>Towards a destination. The lists of <c>algorithms</c> do not count there.</summary>
    public static AlgorithmPreferences Destination(bool legacy) => legacy ? AlgorithmDefaults.LegacyClient : AlgorithmDefaults.Client;

    /// <summary>What was negotiated with a destination and is there for the legacy profile alone; empty when nothing is.</summary>
    public static IReadOnlyList<string> LegacyIn(NegotiatedAlgorithms negotiated)
    {
        AlgorithmPreferences current = AlgorithmDefaults.Client;
        List<string> found = [];
        Add(found, current.KeyExchanges, negotiated.KeyExchange);
        Add(found, current.HostKeys, negotiated.HostKey);
        Add(found, current.Ciphers, negotiated.CipherIn, negotiated.CipherOut);
        Add(found, current.Macs, negotiated.MacIn, negotiated.MacOut);
        return found;
    }

    /// <summary>The names that a list of <c>algorithms</c> stands for.</summary>
    /// <param name="kind">The key: kex, host_keys, ciphers, macs, user_keys.</param>
    /// <param name="text">As written.</param>
    public static IReadOnlyList<string> Expand(string kind, string text) => AlgorithmList.Expand(text, DefaultsOf(kind), KnownOf(kind));

    /// <summary>Everything that <c>algorithms</c> may name.</summary>
    public static IReadOnlyList<string> KnownOf(string kind) => Select(kind, AlgorithmDefaults.ServerKnown);

    /// <summary>The algorithms of a list that one of the gateway's keys can sign with.</summary>
    public static IReadOnlyList<string> WithKeys(IReadOnlyList<string> names, IReadOnlyList<PublicKey> keys) =>
        [.. names.Where(name => keys.Any(key => key.SignatureAlgorithms.Contains(name, StringComparer.Ordinal)))];

    private static IReadOnlyList<string> DefaultsOf(string kind) => Select(kind, AlgorithmDefaults.Server);

    private static IReadOnlyList<string> Select(string kind, AlgorithmPreferences from) => kind switch
    {
        "kex" => from.KeyExchanges,
        "host_keys" => from.HostKeys,
        "ciphers" => from.Ciphers,
        "macs" => from.Macs,
        "user_keys" => AlgorithmDefaults.UserKeys,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // An AEAD cipher has no MAC: its name is empty.
    private static void Add(List<string> found, IReadOnlyList<string> current, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (name.Length > 0 && !current.Contains(name, StringComparer.Ordinal) && !found.Contains(name)) found.Add(name);
        }
    }
}
