using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>What the matrix is made of. A new algorithm is a new name here and nothing else.</summary>
internal static class AlgorithmNames
{
    private const string CertificateSuffix = "-cert-v01@openssh.com";

    private static readonly string[] PlainKeys =
        ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

    /// <summary>Key exchanges; which of them an OpenSSH knows depends on its version.</summary>
    public static IReadOnlyList<string> Kex { get; } =
    [
        "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha256",
    ];

    /// <summary>A cipher, and the MAC that it needs unless it is an AEAD.</summary>
    public static IReadOnlyList<(string Cipher, string? Mac)> Ciphers { get; } =
    [
        ("aes256-gcm@openssh.com", null), ("aes128-gcm@openssh.com", null), ("chacha20-poly1305@openssh.com", null),
        .. from cipher in (string[])["aes256-ctr", "aes192-ctr", "aes128-ctr"]
        from mac in (string[])["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"]
        select (cipher, mac),
    ];

    public static IReadOnlyList<string> HostKeys { get; } = [.. PlainKeys, .. PlainKeys.Select(WithCertificate)];

    public static IReadOnlyList<string> UserKeys => HostKeys;

    /// <summary>Of a security key, which the tests have in software.</summary>
    public static IReadOnlyList<string> SecurityKeys { get; } =
    [
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
        "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    ];

    /// <summary>What ssh-keygen's -t and -b take to make a key for each plain algorithm.</summary>
    public static IReadOnlyList<(string Type, int? Bits)> KeyTypes { get; } = [("ed25519", null), ("rsa", 3072), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)];

    public static bool IsCertificate(string algorithm) => algorithm.EndsWith(CertificateSuffix, StringComparison.Ordinal);

    /// <summary>The signature algorithm below a certificate.</summary>
    public static string Plain(string algorithm) => !IsCertificate(algorithm) ? algorithm
        : algorithm.StartsWith("sk-", StringComparison.Ordinal) ? algorithm.Replace(CertificateSuffix, "@openssh.com", StringComparison.Ordinal)
        : algorithm[..^CertificateSuffix.Length];

    /// <summary>Name of the file of the key for an algorithm: one RSA key serves both of its algorithms.</summary>
    public static string KeyName(string algorithm) => Plain(algorithm) switch
    {
        "ssh-ed25519" => "ed25519",
        "rsa-sha2-512" or "rsa-sha2-256" => "rsa3072",
        var ecdsa => "ecdsa" + ecdsa[^3..],
    };

    /// <summary>The key exchanges of <see cref="Kex"/> that a client program (and a server of the same version) knows.</summary>
    public static async Task<IReadOnlyList<string>> KnownKexAsync(string ssh)
    {
        ProcessResult known = (await ChildProcess.RunAsync(ssh, ["-Q", "kex"])).Succeeded();
        return [.. Kex.Intersect(known.OutputText.Split('\n'), StringComparer.Ordinal)];
    }

    private static string WithCertificate(string plain) => plain + CertificateSuffix;
}
