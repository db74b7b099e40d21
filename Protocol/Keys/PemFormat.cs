namespace SshGateway.Protocol.Keys;

/// <summary>How a private key stands in a PEM file.</summary>
public enum PemFormat
{
    /// <summary>PKCS#8 (RFC 5958): for every type, and the only one that is encrypted.</summary>
    Pkcs8,

    /// <summary>PKCS#1 for RSA, SEC1 for ECDSA; Ed25519 has no such form.</summary>
    Traditional,
}
