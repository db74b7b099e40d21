using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>What is offered unless the configuration says otherwise, and what it may say, on one page.</summary>
public static class AlgorithmDefaults
{
    private static readonly string[] Compressions = ["none", "zlib@openssh.com"];

    private static readonly string[] PlainUserKeys =
    [
        KeyTypes.Ed25519, KeyTypes.SkEd25519, KeyTypes.EcdsaP256, KeyTypes.EcdsaP384, KeyTypes.EcdsaP521,
        KeyTypes.SkEcdsaP256, KeyTypes.WebauthnSkEcdsaP256, KeyTypes.RsaSha512, KeyTypes.RsaSha256,
    ];

    /// <summary>
    /// Towards clients: we are the server. Of the host key algorithms a gateway offers those it has a key or a certificate for, so
    /// that ECDSA is offered only where such a key is configured.
    /// </summary>
    public static AlgorithmPreferences Server { get; } = new()
    {
        KeyExchanges = KexCatalog.ServerDefaults,
        HostKeys = HostKeysIn(KeyTypes.Ed25519, KeyTypes.RsaSha512, KeyTypes.RsaSha256, KeyTypes.EcdsaP256, KeyTypes.EcdsaP384, KeyTypes.EcdsaP521),
        Ciphers = CipherCatalog.DefaultCiphers,
        Macs = CipherCatalog.DefaultMacs,
    };

    /// <summary>Everything a configuration may name for the side towards clients. What is not here cannot be enabled there.</summary>
    public static AlgorithmPreferences ServerKnown { get; } = Server with
    {
        KeyExchanges = [.. KexCatalog.ServerDefaults, .. KexCatalog.ServerOptional],
        Macs = CipherCatalog.ClientMacs,
        Compressions = Compressions,
    };

    /// <summary>Towards destinations: we are the client, so our order decides.</summary>
    public static AlgorithmPreferences Client { get; } = new()
    {
        KeyExchanges = KexCatalog.ClientDefaults,
        HostKeys = HostKeysIn(KeyTypes.Ed25519, KeyTypes.EcdsaP256, KeyTypes.EcdsaP384, KeyTypes.EcdsaP521, KeyTypes.RsaSha512, KeyTypes.RsaSha256),
        Ciphers = CipherCatalog.ClientCiphers,
        Macs = CipherCatalog.ClientMacs,
    };

    /// <summary>Towards a destination that is marked as legacy: what is broken or weak comes last.</summary>
    public static AlgorithmPreferences LegacyClient { get; } = new()
    {
        KeyExchanges = [.. Client.KeyExchanges, .. KexCatalog.Legacy],
        HostKeys = [.. Client.HostKeys, KeyTypes.Rsa],
        Ciphers = [.. Client.Ciphers, .. CipherCatalog.LegacyCiphers],
        Macs = [.. Client.Macs, .. CipherCatalog.LegacyMacs],
    };

    /// <summary>Signature algorithms accepted from users; there are no others.</summary>
    public static IReadOnlyList<string> UserKeys { get; } =
        [.. PlainUserKeys, .. PlainUserKeys.Select(KeyTypes.CertificateName)];

    // A client lists certificate algorithms first, and so do we: a certified host needs no known key.
    private static string[] HostKeysIn(params string[] plain) => [.. plain.Select(KeyTypes.CertificateName), .. plain];
}
