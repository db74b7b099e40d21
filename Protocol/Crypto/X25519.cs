using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>The function X25519 of RFC 7748 through libcrypto.</summary>
internal static class X25519
{
    internal const int Length = 32;

    /// <summary>A fresh private key into <paramref name="privateKey"/>, and its public key.</summary>
    internal static byte[] Generate(Span<byte> privateKey)
    {
        RandomNumberGenerator.Fill(privateKey[..Length]);
        return PublicKeyOf(privateKey);
    }

    /// <summary>The public key of a private one.</summary>
    internal static byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        byte[] publicKey = new byte[Length];
        using EvpKey key = LibCrypto.ImportX25519Private(privateKey[..Length]);
        LibCrypto.ExportRawPublic(key, publicKey);
        return publicKey;
    }

    /// <summary>
    /// The 32 bytes of shared secret. Throws <see cref="CryptographicException"/> if they are all zero, because then the peer's
    /// value was of low order and everybody knows the secret (RFC 8731 §3).
    /// </summary>
    internal static void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        if (peer.Length != Length || secret.Length != Length) throw new CryptographicException("an X25519 value must be 32 bytes");
        using EvpKey own = LibCrypto.ImportX25519Private(privateKey[..Length]);
        using EvpKey other = LibCrypto.ImportX25519Public(peer);
        LibCrypto.Agree(own, other, secret);
        if (!secret.ContainsAnyExcept((byte)0)) throw new CryptographicException("the X25519 secret is zero");
    }
}
