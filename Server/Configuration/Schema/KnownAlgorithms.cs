namespace SshGateway.Server.Configuration.Schema;

/// <summary>The algorithms a gateway can offer to clients, by kind. What is not among them (SHA-1, CBC, DSA) is never offered.</summary>
internal static class KnownAlgorithms
{
    private static readonly string[] KeyTypes =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

    private static readonly string[] SecurityKeyTypes =
        ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];

    private static readonly Dictionary<string, string[]> Kinds = new(StringComparer.Ordinal)
    {
        ["kex"] =
        [
            "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256",
            "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
            "diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
            "diffie-hellman-group-exchange-sha256",
        ],
        ["ciphers"] =
        [
            "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr",
        ],
        ["macs"] = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
        ["host_keys"] = WithCertificates([.. KeyTypes, "rsa-sha2-256", "rsa-sha2-512"]),
        ["user_keys"] = [.. WithCertificates([.. KeyTypes, "rsa-sha2-256", "rsa-sha2-512", .. SecurityKeyTypes]), "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"],
    };

    public static IReadOnlyList<string> Of(string kind) => Kinds[kind];

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Problem(string kind, string name) => Kinds[kind].Contains(name, StringComparer.Ordinal)
        ? null
        : $"'{name}' is none of the algorithms of '{kind}'{Describe.Suggestion(name, Kinds[kind])}";

    private static string[] WithCertificates(string[] names) =>
        [.. names, .. names.Select(n => n.EndsWith("@openssh.com", StringComparison.Ordinal) ? n.Replace("@openssh.com", "-cert-v01@openssh.com", StringComparison.Ordinal) : n + "-cert-v01@openssh.com")];
}
