using System.Security.Cryptography;
using SshGateway.Protocol.Keys;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>The key exchange methods that can be negotiated, on one page.</summary>
internal static class KexCatalog
{
    private static readonly KexMethod[] Methods =
    [
        new("mlkem768x25519-sha256", HashAlgorithmName.SHA256, static () => new MlKem768X25519KeyAgreement()),
        new("sntrup761x25519-sha512", HashAlgorithmName.SHA512, static () => new Sntrup761X25519KeyAgreement()),
        new("sntrup761x25519-sha512@openssh.com", HashAlgorithmName.SHA512, static () => new Sntrup761X25519KeyAgreement()),
        new("curve25519-sha256", HashAlgorithmName.SHA256, static () => new Curve25519KeyAgreement()),
        new("curve25519-sha256@libssh.org", HashAlgorithmName.SHA256, static () => new Curve25519KeyAgreement()),
        new("ecdh-sha2-nistp256", HashAlgorithmName.SHA256, static () => new EcdhNistKeyAgreement(EcdsaCurve.P256)),
        new("ecdh-sha2-nistp384", HashAlgorithmName.SHA384, static () => new EcdhNistKeyAgreement(EcdsaCurve.P384)),
        new("ecdh-sha2-nistp521", HashAlgorithmName.SHA512, static () => new EcdhNistKeyAgreement(EcdsaCurve.P521)),
        new("diffie-hellman-group14-sha256", HashAlgorithmName.SHA256, static () => new FiniteFieldKeyAgreement(FiniteFieldGroup.Group14)),
        new("diffie-hellman-group16-sha512", HashAlgorithmName.SHA512, static () => new FiniteFieldKeyAgreement(FiniteFieldGroup.Group16)),
        new("diffie-hellman-group18-sha512", HashAlgorithmName.SHA512, static () => new FiniteFieldKeyAgreement(FiniteFieldGroup.Group18)),
        new("diffie-hellman-group-exchange-sha256", HashAlgorithmName.SHA256, null),

        // Only in the legacy profile of a destination.
        new("diffie-hellman-group14-sha1", HashAlgorithmName.SHA1, static () => new FiniteFieldKeyAgreement(FiniteFieldGroup.Group14)),
    ];

    /// <summary>Offered to clients.</summary>
    public static IReadOnlyList<string> ServerDefaults { get; } =
    [
        "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org",
    ];

    /// <summary>Offered to clients only if the configuration names them.</summary>
    public static IReadOnlyList<string> ServerOptional { get; } =
    [
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha256",
    ];

    /// <summary>Offered to destinations.</summary>
    public static IReadOnlyList<string> ClientDefaults { get; } = [.. ServerDefaults, .. ServerOptional];

    /// <summary>Added to <see cref="ClientDefaults"/> by a destination's legacy profile.</summary>
    public static IReadOnlyList<string> Legacy { get; } = ["diffie-hellman-group14-sha1"];

    public static bool IsMethod(string name) => Find(name) is not null;

    public static KexMethod Get(string name) => Find(name) ?? throw new ArgumentException($"unknown key exchange method {name}", nameof(name));

    private static KexMethod? Find(string name) => Array.Find(Methods, method => string.Equals(method.Name, name, StringComparison.Ordinal));
}

/// <summary>A key exchange method.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="Hash">Hash of the exchange (RFC 4253 §8).</param>
/// <param name="CreateAgreement">Starts one run; null for group exchange, where the server chooses the group first.</param>
internal sealed record KexMethod(string Name, HashAlgorithmName Hash, Func<KeyAgreement>? CreateAgreement)
{
    public bool IsGroupExchange => CreateAgreement is null;
}
