using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>Key agreement: EVP_PKEY_derive, and modular powers for groups that the peer may choose.</summary>
internal static unsafe partial class LibCrypto
{
    private const int EvpPkeyX25519 = 1034;

    /// <summary>
    /// The shared secret of two keys of one type (X25519, or EC of one curve: the x coordinate). Fills <paramref name="secret"/> exactly,
    /// or throws; libcrypto checks the peer's key, and that an X25519 secret is not zero.
    /// </summary>
    internal static void Agree(EvpKey own, EvpKey peer, Span<byte> secret)
    {
        nint context = CheckPointer(EVP_PKEY_CTX_new_from_pkey(0, own, 0), nameof(EVP_PKEY_CTX_new_from_pkey));
        try
        {
            nuint length = (nuint)secret.Length;
            Check(EVP_PKEY_derive_init(context), nameof(EVP_PKEY_derive_init));
            Check(EVP_PKEY_derive_set_peer(context, peer), nameof(EVP_PKEY_derive_set_peer));
            fixed (byte* output = secret) Check(EVP_PKEY_derive(context, output, &length), nameof(EVP_PKEY_derive));
            if (length != (nuint)secret.Length) throw new CryptographicException("the shared secret has an unexpected length");
        }
        finally
        {
            EVP_PKEY_CTX_free(context);
        }
    }

    internal static EvpKey ImportX25519Private(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            return new EvpKey(CheckPointer(
                EVP_PKEY_new_raw_private_key(EvpPkeyX25519, 0, pointer, (nuint)key.Length), nameof(EVP_PKEY_new_raw_private_key)));
        }
    }

    internal static EvpKey ImportX25519Public(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            return new EvpKey(CheckPointer(
                EVP_PKEY_new_raw_public_key(EvpPkeyX25519, 0, pointer, (nuint)key.Length), nameof(EVP_PKEY_new_raw_public_key)));
        }
    }

    internal static void ExportRawPublic(EvpKey key, Span<byte> destination)
    {
        nuint length = (nuint)destination.Length;
        fixed (byte* pointer = destination)
            Check(EVP_PKEY_get_raw_public_key(key, pointer, &length), nameof(EVP_PKEY_get_raw_public_key));
    }

    /// <summary>
    /// base ^ exponent mod modulus, all big endian. The exponent is secret: only its length shows in the time taken. The result is padded
    /// to <paramref name="result"/>. The modulus must be odd.
    /// </summary>
    internal static void ModularPower(
        ReadOnlySpan<byte> baseNumber, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus, Span<byte> result)
    {
        if (modulus.IsEmpty || (modulus[^1] & 1) == 0) throw new CryptographicException("a modulus must be odd");
        nint context = CheckPointer(BN_CTX_new(), nameof(BN_CTX_new));
        nint g = 0, x = 0, p = 0, power = 0;
        try
        {
            g = ToNumber(baseNumber);
            x = ToNumber(exponent);
            p = ToNumber(modulus);
            power = CheckPointer(BN_new(), nameof(BN_new));
            Check(BN_mod_exp(power, g, x, p, context), nameof(BN_mod_exp));
            fixed (byte* output = result) Check(BN_bn2binpad(power, output, result.Length), nameof(BN_bn2binpad));
        }
        finally
        {
            BN_clear_free(power);
            BN_clear_free(p);
            BN_clear_free(x);
            BN_clear_free(g);
            BN_CTX_free(context);
        }
    }

    /// <summary>The prime of 2048, 3072, 4096, 6144 or 8192 bits of RFC 3526, big endian.</summary>
    internal static byte[] Rfc3526Prime(int bits)
    {
        nint prime = bits switch
        {
            2048 => BN_get_rfc3526_prime_2048(0),
            3072 => BN_get_rfc3526_prime_3072(0),
            4096 => BN_get_rfc3526_prime_4096(0),
            6144 => BN_get_rfc3526_prime_6144(0),
            8192 => BN_get_rfc3526_prime_8192(0),
            _ => throw new ArgumentOutOfRangeException(nameof(bits)),
        };
        byte[] bytes = new byte[bits / 8];
        try
        {
            CheckPointer(prime, "BN_get_rfc3526_prime");
            fixed (byte* output = bytes) Check(BN_bn2binpad(prime, output, bytes.Length), nameof(BN_bn2binpad));
            return bytes;
        }
        finally
        {
            BN_clear_free(prime);
        }
    }

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_CTX_new_from_pkey(nint library, EvpKey key, nint properties);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive_set_peer(nint context, EvpKey peer);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* length);

    [LibraryImport(Library)]
    private static partial int BN_mod_exp(nint result, nint number, nint exponent, nint modulus, nint context);

    [LibraryImport(Library)]
    private static partial nint BN_get_rfc3526_prime_2048(nint number);

    [LibraryImport(Library)]
    private static partial nint BN_get_rfc3526_prime_3072(nint number);

    [LibraryImport(Library)]
    private static partial nint BN_get_rfc3526_prime_4096(nint number);

    [LibraryImport(Library)]
    private static partial nint BN_get_rfc3526_prime_6144(nint number);

    [LibraryImport(Library)]
    private static partial nint BN_get_rfc3526_prime_8192(nint number);
}
