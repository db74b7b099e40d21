using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>A key pair of X25519 (RFC 7748), held by libcrypto.</summary>
internal sealed class X25519 : IDisposable
{
    /// <summary>Bytes of a private key, a public key and a shared secret.</summary>
    internal const int Length = 32;

    private readonly EvpKey _key;

    /// <summary>Takes over a given private key; only its public half is computed.</summary>
    internal X25519(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != Length) throw new CryptographicException("an X25519 value must be 32 bytes");
        PublicKey = new byte[Length];
        _key = LibCrypto.ImportX25519Private(privateKey);
        try
        {
            LibCrypto.ExportRawPublic(_key, PublicKey);
        }
        catch
        {
            _key.Dispose();
            throw;
        }
    }

    internal byte[] PublicKey { get; }

    /// <summary>A fresh pair.</summary>
    internal static X25519 Generate()
    {
        Span<byte> privateKey = stackalloc byte[Length];
        try
        {
            RandomNumberGenerator.Fill(privateKey);
            return new X25519(privateKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>
    /// The 32 bytes of shared secret. Throws <see cref="CryptographicException"/> if the peer's value has another length, and if the
    /// secret is all zero, because then the peer's value was of low order and everybody knows the secret (RFC 8731 §3).
    /// </summary>
    internal void DeriveSecret(ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        if (peer.Length != Length || secret.Length != Length) throw new CryptographicException("an X25519 value must be 32 bytes");
        using EvpKey other = LibCrypto.ImportX25519Public(peer);
        LibCrypto.Agree(_key, other, secret);
        if (!secret.ContainsAnyExcept((byte)0)) throw new CryptographicException("the X25519 secret is zero");
    }

    public void Dispose() => _key.Dispose();
}
