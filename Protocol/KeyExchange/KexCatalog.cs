using System.Security.Cryptography;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>The key exchange methods that can be negotiated, on one page.</summary>
internal static class KexCatalog
{
    private static readonly KexMethod[] Methods =
    [
        new("curve25519-sha256", HashAlgorithmName.SHA256, () => new Curve25519KeyAgreement()),
        new("curve25519-sha256@libssh.org", HashAlgorithmName.SHA256, () => new Curve25519KeyAgreement()),
    ];

    /// <summary>Offered to clients.</summary>
    public static IReadOnlyList<string> ServerDefaults { get; } = ["curve25519-sha256", "curve25519-sha256@libssh.org"];

    /// <summary>Offered to destinations.</summary>
    public static IReadOnlyList<string> ClientDefaults { get; } = ["curve25519-sha256", "curve25519-sha256@libssh.org"];

    public static IEnumerable<string> Names => Methods.Select(method => method.Name);

    public static bool IsMethod(string name) => Find(name) is not null;

    public static KexMethod Get(string name) => Find(name) ?? throw new ArgumentException($"unknown key exchange method {name}", nameof(name));

    private static KexMethod? Find(string name) => Array.Find(Methods, method => string.Equals(method.Name, name, StringComparison.Ordinal));
}

/// <summary>A key exchange method.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="Hash">Hash of the exchange (RFC 4253 §8).</param>
/// <param name="CreateAgreement">Starts one run.</param>
internal sealed record KexMethod(string Name, HashAlgorithmName Hash, Func<KeyAgreement> CreateAgreement);
