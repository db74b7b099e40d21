using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>What is offered unless the configuration says otherwise, on one page.</summary>
public static class AlgorithmDefaults
{
    /// <summary>Towards clients: we are the server.</summary>
    public static AlgorithmPreferences Server { get; } = new()
    {
        KeyExchanges = KexCatalog.ServerDefaults,
        HostKeys = ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"],
        Ciphers = CipherCatalog.DefaultCiphers,
        Macs = CipherCatalog.DefaultMacs,
    };

    /// <summary>Towards destinations: we are the client, so our order decides.</summary>
    public static AlgorithmPreferences Client { get; } = new()
    {
        KeyExchanges = KexCatalog.ClientDefaults,
        HostKeys = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"],
        Ciphers = CipherCatalog.ClientCiphers,
        Macs = CipherCatalog.ClientMacs,
    };

    /// <summary>Signature algorithms accepted from users: each plain, and of a certificate.</summary>
    public static IReadOnlyList<string> UserKeys { get; } = [.. PlainUserKeys, .. PlainUserKeys.Select(KeyTypes.CertificateName)];

    private static IReadOnlyList<string> PlainUserKeys =>
    [
        KeyTypes.Ed25519, KeyTypes.SkEd25519, KeyTypes.EcdsaP256, KeyTypes.EcdsaP384, KeyTypes.EcdsaP521,
        KeyTypes.SkEcdsaP256, KeyTypes.WebauthnSkEcdsaP256, KeyTypes.RsaSha512, KeyTypes.RsaSha256,
    ];
}
