using System.Globalization;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;

namespace SshGateway.Server.Authentication;

/// <summary>A key as sshd names it in its log, so that what reads sshd's log reads ours.</summary>
internal static class KeyText
{
    /// <summary>
    /// <c>ED25519 SHA256:…</c>; a certificate with its id, serial and authority:
    /// <c>ED25519-CERT SHA256:… ID name (serial 5) CA ED25519 SHA256:…</c>.
    /// </summary>
    public static string Of(PublicKey key) =>
        key is Certificate certificate
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Plain(certificate.Key, "-CERT")} ID {PeerText.Escape(certificate.KeyId)} (serial {certificate.Serial}) CA {Plain(certificate.SignatureKey, "")}")
            : Plain(key, "");

    private static string Plain(PublicKey key, string suffix) => $"{TypeName(key.KeyType)}{suffix} {key.Fingerprint}";

    private static string TypeName(string type) => type switch
    {
        KeyTypes.Ed25519 => "ED25519",
        KeyTypes.Rsa => "RSA",
        KeyTypes.EcdsaP256 or KeyTypes.EcdsaP384 or KeyTypes.EcdsaP521 => "ECDSA",
        KeyTypes.SkEd25519 => "ED25519-SK",
        KeyTypes.SkEcdsaP256 => "ECDSA-SK",
        _ => type,
    };
}
