using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>The function X25519 of RFC 7748 through libcrypto.</summary>
internal static unsafe class X25519
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
        nuint length = Length;
        nint key = ImportPrivate(privateKey);
        try
        {
            fixed (byte* output = publicKey)
            {
                LibCrypto.Check(
                    LibCrypto.EVP_PKEY_get_raw_public_key(key, output, &length),
                    nameof(LibCrypto.EVP_PKEY_get_raw_public_key));
            }

            return publicKey;
        }
        finally
        {
            LibCrypto.EVP_PKEY_free(key);
        }
    }

    /// <summary>
    /// The 32 bytes of shared secret. Throws <see cref="CryptographicException"/> if they are all zero, because then the peer's value was of
    /// low order and everybody knows the secret (RFC 8731 §3).
    /// </summary>
    internal static void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        if (peer.Length != Length || secret.Length != Length) throw new CryptographicException("an X25519 value must be 32 bytes");
        nint own = 0, other = 0, context = 0;
        nuint length = Length;
        try
        {
            own = ImportPrivate(privateKey);
            other = ImportPublic(peer);
            context = LibCrypto.CheckPointer(
                LibCrypto.EVP_PKEY_CTX_new_from_pkey(0, own, null), nameof(LibCrypto.EVP_PKEY_CTX_new_from_pkey));
            LibCrypto.Check(LibCrypto.EVP_PKEY_derive_init(context), nameof(LibCrypto.EVP_PKEY_derive_init));
            LibCrypto.Check(LibCrypto.EVP_PKEY_derive_set_peer(context, other), nameof(LibCrypto.EVP_PKEY_derive_set_peer));
            fixed (byte* output = secret)
                LibCrypto.Check(LibCrypto.EVP_PKEY_derive(context, output, &length), nameof(LibCrypto.EVP_PKEY_derive));
            if (length != Length || !secret.ContainsAnyExcept((byte)0)) throw new CryptographicException("the X25519 secret is zero");
        }
        finally
        {
            LibCrypto.EVP_PKEY_CTX_free(context);
            LibCrypto.EVP_PKEY_free(other);
            LibCrypto.EVP_PKEY_free(own);
        }
    }

    private static nint ImportPrivate(ReadOnlySpan<byte> privateKey)
    {
        fixed (byte* type = "X25519\0"u8, key = privateKey[..Length])
        {
            return LibCrypto.CheckPointer(
                LibCrypto.EVP_PKEY_new_raw_private_key_ex(0, type, null, key, Length),
                nameof(LibCrypto.EVP_PKEY_new_raw_private_key_ex));
        }
    }

    private static nint ImportPublic(ReadOnlySpan<byte> publicKey)
    {
        fixed (byte* type = "X25519\0"u8, key = publicKey)
        {
            return LibCrypto.CheckPointer(
                LibCrypto.EVP_PKEY_new_raw_public_key_ex(0, type, null, key, Length),
                nameof(LibCrypto.EVP_PKEY_new_raw_public_key_ex));
        }
    }
}
