using System.Text;

namespace SshGateway.Protocol.Keys;

/// <summary>Names of key formats and signature algorithms (RFC 4253, 5656, 8332, 8709; OpenSSH PROTOCOL.u2f, PROTOCOL.certkeys).</summary>
public static class KeyTypes
{
    public const string Ed25519 = "ssh-ed25519";
    public const string Rsa = "ssh-rsa";
    public const string RsaSha256 = "rsa-sha2-256";
    public const string RsaSha512 = "rsa-sha2-512";
    public const string EcdsaP256 = "ecdsa-sha2-nistp256";
    public const string EcdsaP384 = "ecdsa-sha2-nistp384";
    public const string EcdsaP521 = "ecdsa-sha2-nistp521";
    public const string SkEd25519 = "sk-ssh-ed25519@openssh.com";
    public const string SkEcdsaP256 = "sk-ecdsa-sha2-nistp256@openssh.com";

    /// <summary>Signature algorithm of sk-ecdsa keys whose signature was made by a browser.</summary>
    public const string WebauthnSkEcdsaP256 = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

    internal const string CertificateSuffix = "-cert-v01@openssh.com";
    private const string VendorSuffix = "@openssh.com";

    /// <summary>Every key type that <see cref="PublicKey.Parse"/> reads, certificates last.</summary>
    public static IReadOnlyList<string> All => AllNames;

    private static readonly string[] AllNames =
    [
        Ed25519, Rsa, EcdsaP256, EcdsaP384, EcdsaP521, SkEd25519, SkEcdsaP256,
        CertificateName(Ed25519), CertificateName(Rsa), CertificateName(EcdsaP256), CertificateName(EcdsaP384), CertificateName(EcdsaP521),
        CertificateName(SkEd25519), CertificateName(SkEcdsaP256),
    ];

    /// <summary>
    /// The name of the certificate form of a key type or signature algorithm:
    /// <c>rsa-sha2-512</c> → <c>rsa-sha2-512-cert-v01@openssh.com</c>.
    /// </summary>
    public static string CertificateName(string name) => WithoutVendor(name) + CertificateSuffix;

    /// <summary>
    /// The plain name behind that of a certificate, or <paramref name="name"/> itself:
    /// <c>sk-ssh-ed25519-cert-v01@openssh.com</c> → <c>sk-ssh-ed25519@openssh.com</c>.
    /// </summary>
    public static string PlainName(string name)
    {
        if (!IsCertificateName(name)) return name;
        string stem = name[..^CertificateSuffix.Length];
        return stem.StartsWith("sk-", StringComparison.Ordinal) || stem.StartsWith("webauthn-", StringComparison.Ordinal)
            ? stem + VendorSuffix
            : stem;
    }

    public static bool IsCertificateName(string name) => name.EndsWith(CertificateSuffix, StringComparison.Ordinal);

    internal static IReadOnlyList<string> RsaAlgorithms { get; } = [RsaSha512, RsaSha256];

    /// <summary>Signature algorithms of host certificates, preferred first.</summary>
    internal static IReadOnlyList<string> HostCertificateAlgorithms { get; } =
    [
        CertificateName(Ed25519), CertificateName(RsaSha512), CertificateName(RsaSha256),
        CertificateName(EcdsaP256), CertificateName(EcdsaP384), CertificateName(EcdsaP521),
    ];

    /// <summary>The constant for a known name, so that no string is made.</summary>
    internal static string Intern(ReadOnlySpan<byte> name)
    {
        foreach (string known in AllNames)
        {
            if (Ascii.Equals(name, known)) return known;
        }

        return Encoding.ASCII.GetString(name);
    }

    /// <summary>Is this one of <see cref="All"/>? Without making a string.</summary>
    internal static bool IsKnown(ReadOnlySpan<byte> name)
    {
        foreach (string known in AllNames)
        {
            if (Ascii.Equals(name, known)) return true;
        }

        return false;
    }

    private static string WithoutVendor(string name) =>
        name.EndsWith(VendorSuffix, StringComparison.Ordinal) ? name[..^VendorSuffix.Length] : name;
}
