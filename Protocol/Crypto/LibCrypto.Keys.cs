using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>Signature keys: import, generation and export (EVP_PKEY).</summary>
internal static unsafe partial class LibCrypto
{
    internal const int Ed25519KeySize = 32;
    internal const int Ed25519SignatureSize = 64;

    private const int PublicKeySelection = 0x86;
    private const int KeyPairSelection = 0x87;
    private const int EvpPkeyEd25519 = 1087;
    private const int MaxPrivatePartsSize = 16 * 1024;
    private const uint UnsignedIntegerParameter = 2;
    internal const uint Utf8Parameter = 4;
    private const uint OctetsParameter = 5;

    internal static EvpKey ImportEd25519Public(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            return new EvpKey(CheckPointer(
                EVP_PKEY_new_raw_public_key(EvpPkeyEd25519, 0, pointer, (nuint)key.Length), nameof(EVP_PKEY_new_raw_public_key)));
        }
    }

    internal static EvpKey ImportEd25519Private(ReadOnlySpan<byte> seed)
    {
        fixed (byte* pointer = seed)
        {
            return new EvpKey(CheckPointer(
                EVP_PKEY_new_raw_private_key(EvpPkeyEd25519, 0, pointer, (nuint)seed.Length), nameof(EVP_PKEY_new_raw_private_key)));
        }
    }

    internal static void ExportEd25519Public(EvpKey key, Span<byte> destination)
    {
        nuint length = (nuint)destination.Length;
        fixed (byte* pointer = destination)
        {
            Check(EVP_PKEY_get_raw_public_key(key, pointer, &length), nameof(EVP_PKEY_get_raw_public_key));
        }
    }

    internal static void ExportEd25519Private(EvpKey key, Span<byte> destination)
    {
        nuint length = (nuint)destination.Length;
        fixed (byte* pointer = destination)
        {
            Check(EVP_PKEY_get_raw_private_key(key, pointer, &length), nameof(EVP_PKEY_get_raw_private_key));
        }
    }

    /// <summary>An RSA public key from big-endian magnitudes.</summary>
    internal static EvpKey ImportRsaPublic(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        Span<byte> scratch = stackalloc byte[modulus.Length + exponent.Length];
        Span<byte> n = Reverse(modulus, scratch);
        Span<byte> e = Reverse(exponent, scratch[n.Length..]);
        OsslParam* parameters = stackalloc OsslParam[3];
        fixed (byte* pn = n, pe = e, nameN = "n\0"u8, nameE = "e\0"u8)
        {
            parameters[0] = new OsslParam(nameN, UnsignedIntegerParameter, pn, n.Length);
            parameters[1] = new OsslParam(nameE, UnsignedIntegerParameter, pe, e.Length);
            parameters[2] = default;
            return FromData("RSA\0"u8, PublicKeySelection, parameters);
        }
    }

    /// <summary>An RSA key pair from big-endian magnitudes; the CRT exponents are computed here.</summary>
    internal static EvpKey ImportRsaPrivate(
        ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> privateExponent,
        ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, ReadOnlySpan<byte> coefficient)
    {
        int total = modulus.Length + exponent.Length + privateExponent.Length + (2 * p.Length) + (2 * q.Length) + coefficient.Length;
        if (total > MaxPrivatePartsSize) throw new CryptographicException("an RSA key is too large");
        Span<byte> scratch = stackalloc byte[total];
        try
        {
            Span<byte> rest = scratch;
            Span<byte> n = TakeReversed(modulus, ref rest), e = TakeReversed(exponent, ref rest), d = TakeReversed(privateExponent, ref rest);
            Span<byte> f1 = TakeReversed(p, ref rest), f2 = TakeReversed(q, ref rest), c = TakeReversed(coefficient, ref rest);
            Span<byte> e1 = rest[..p.Length], e2 = rest.Slice(p.Length, q.Length);
            CrtExponent(privateExponent, p, e1);
            CrtExponent(privateExponent, q, e2);
            e1.Reverse();
            e2.Reverse();
            OsslParam* parameters = stackalloc OsslParam[9];
            fixed (byte* pn = n, pe = e, pd = d, pf1 = f1, pf2 = f2, pc = c, pe1 = e1, pe2 = e2)
            fixed (byte* nameN = "n\0"u8, nameE = "e\0"u8, nameD = "d\0"u8, nameF1 = "rsa-factor1\0"u8, nameF2 = "rsa-factor2\0"u8)
            fixed (byte* nameE1 = "rsa-exponent1\0"u8, nameE2 = "rsa-exponent2\0"u8, nameC = "rsa-coefficient1\0"u8)
            {
                parameters[0] = new OsslParam(nameN, UnsignedIntegerParameter, pn, n.Length);
                parameters[1] = new OsslParam(nameE, UnsignedIntegerParameter, pe, e.Length);
                parameters[2] = new OsslParam(nameD, UnsignedIntegerParameter, pd, d.Length);
                parameters[3] = new OsslParam(nameF1, UnsignedIntegerParameter, pf1, f1.Length);
                parameters[4] = new OsslParam(nameF2, UnsignedIntegerParameter, pf2, f2.Length);
                parameters[5] = new OsslParam(nameE1, UnsignedIntegerParameter, pe1, e1.Length);
                parameters[6] = new OsslParam(nameE2, UnsignedIntegerParameter, pe2, e2.Length);
                parameters[7] = new OsslParam(nameC, UnsignedIntegerParameter, pc, c.Length);
                parameters[8] = default;
                return FromData("RSA\0"u8, KeyPairSelection, parameters);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scratch);
        }
    }

    /// <summary>A key on a named curve; a point that is not on it is refused. No private key when <paramref name="scalar"/> is empty.</summary>
    /// <param name="curve">The name libcrypto knows, zero-terminated.</param>
    /// <param name="point">The public point, uncompressed (0x04, x, y).</param>
    internal static EvpKey ImportEc(ReadOnlySpan<byte> curve, ReadOnlySpan<byte> point, ReadOnlySpan<byte> scalar)
    {
        Span<byte> reversed = stackalloc byte[scalar.Length];
        try
        {
            Reverse(scalar, reversed);
            OsslParam* parameters = stackalloc OsslParam[4];
            fixed (byte* pcurve = curve, ppoint = point, pscalar = reversed)
            fixed (byte* nameGroup = "group\0"u8, namePub = "pub\0"u8, namePriv = "priv\0"u8)
            {
                parameters[0] = new OsslParam(nameGroup, Utf8Parameter, pcurve, curve.Length - 1);
                parameters[1] = new OsslParam(namePub, OctetsParameter, ppoint, point.Length);
                parameters[2] = scalar.IsEmpty ? default : new OsslParam(namePriv, UnsignedIntegerParameter, pscalar, scalar.Length);
                parameters[3] = default;
                return FromData("EC\0"u8, scalar.IsEmpty ? PublicKeySelection : KeyPairSelection, parameters);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(reversed);
        }
    }

    internal static EvpKey GenerateEd25519() => Generate("ED25519\0"u8, null);

    internal static EvpKey GenerateEc(ReadOnlySpan<byte> curve)
    {
        OsslParam* parameters = stackalloc OsslParam[2];
        fixed (byte* pcurve = curve, name = "group\0"u8)
        {
            parameters[0] = new OsslParam(name, Utf8Parameter, pcurve, curve.Length - 1);
            parameters[1] = default;
            return Generate("EC\0"u8, parameters);
        }
    }

    internal static EvpKey GenerateRsa(uint bits)
    {
        OsslParam* parameters = stackalloc OsslParam[2];
        fixed (byte* name = "bits\0"u8)
        {
            parameters[0] = new OsslParam(name, UnsignedIntegerParameter, &bits, sizeof(uint));
            parameters[1] = default;
            return Generate("RSA\0"u8, parameters);
        }
    }

    internal static bool IsA(EvpKey key, ReadOnlySpan<byte> zeroTerminatedType)
    {
        fixed (byte* name = zeroTerminatedType)
        {
            return EVP_PKEY_is_a(key, name) == 1;
        }
    }

    /// <summary>The curve's name, as libcrypto calls it.</summary>
    internal static int ExportCurve(EvpKey key, Span<byte> destination)
    {
        nuint length = 0;
        fixed (byte* name = "group\0"u8, pointer = destination)
        {
            Check(
                EVP_PKEY_get_utf8_string_param(key, name, pointer, (nuint)destination.Length, &length),
                nameof(EVP_PKEY_get_utf8_string_param));
        }

        return (int)length;
    }

    /// <summary>
    /// A number of the key (n, e, d, rsa-factor1, qx, priv, …), big endian. Returns its size; when <paramref name="pad"/>
    /// is set it is padded with zeros in front to fill <paramref name="destination"/>.
    /// </summary>
    internal static int ExportNumber(EvpKey key, ReadOnlySpan<byte> zeroTerminatedName, Span<byte> destination, bool pad)
    {
        nint number = 0;
        fixed (byte* name = zeroTerminatedName)
        {
            Check(EVP_PKEY_get_bn_param(key, name, &number), nameof(EVP_PKEY_get_bn_param));
        }

        try
        {
            int size = pad ? destination.Length : (BN_num_bits(number) + 7) / 8;
            if (size > destination.Length) throw new CryptographicException("a number of a key is larger than expected");
            if (size == 0) return 0;
            fixed (byte* pointer = destination)
            {
                Check(BN_bn2binpad(number, pointer, size), nameof(BN_bn2binpad));
            }

            return size;
        }
        finally
        {
            BN_clear_free(number);
        }
    }

    internal static void FreeKey(nint key) => EVP_PKEY_free(key);

    /// <summary>d mod (prime − 1), padded to the size of <paramref name="result"/>.</summary>
    private static void CrtExponent(ReadOnlySpan<byte> privateExponent, ReadOnlySpan<byte> prime, Span<byte> result)
    {
        nint context = CheckPointer(BN_CTX_new(), nameof(BN_CTX_new));
        nint d = 0, p = 0, remainder = 0;
        try
        {
            d = ToNumber(privateExponent);
            p = ToNumber(prime);
            remainder = CheckPointer(BN_new(), nameof(BN_new));
            Check(BN_sub_word(p, 1), nameof(BN_sub_word));
            Check(BN_div(0, remainder, d, p, context), nameof(BN_div));
            fixed (byte* output = result)
            {
                Check(BN_bn2binpad(remainder, output, result.Length), nameof(BN_bn2binpad));
            }
        }
        finally
        {
            BN_clear_free(remainder);
            BN_clear_free(p);
            BN_clear_free(d);
            BN_CTX_free(context);
        }
    }

    private static nint ToNumber(ReadOnlySpan<byte> magnitude)
    {
        const int ConstantTime = 4;
        fixed (byte* pointer = NonNull(magnitude))
        {
            nint number = CheckPointer(BN_bin2bn(pointer, magnitude.Length, 0), nameof(BN_bin2bn));
            BN_set_flags(number, ConstantTime);
            return number;
        }
    }

    private static EvpKey FromData(ReadOnlySpan<byte> type, int selection, OsslParam* parameters)
    {
        nint context = NewContext(type);
        try
        {
            nint key = 0;
            Check(EVP_PKEY_fromdata_init(context), nameof(EVP_PKEY_fromdata_init));
            Check(EVP_PKEY_fromdata(context, &key, selection, parameters), nameof(EVP_PKEY_fromdata));
            return new EvpKey(CheckPointer(key, nameof(EVP_PKEY_fromdata)));
        }
        finally
        {
            EVP_PKEY_CTX_free(context);
        }
    }

    private static EvpKey Generate(ReadOnlySpan<byte> type, OsslParam* parameters)
    {
        nint context = NewContext(type);
        try
        {
            nint key = 0;
            Check(EVP_PKEY_keygen_init(context), nameof(EVP_PKEY_keygen_init));
            if (parameters != null) Check(EVP_PKEY_CTX_set_params(context, parameters), nameof(EVP_PKEY_CTX_set_params));
            Check(EVP_PKEY_generate(context, &key), nameof(EVP_PKEY_generate));
            return new EvpKey(CheckPointer(key, nameof(EVP_PKEY_generate)));
        }
        finally
        {
            EVP_PKEY_CTX_free(context);
        }
    }

    private static nint NewContext(ReadOnlySpan<byte> type)
    {
        fixed (byte* name = type)
        {
            return CheckPointer(EVP_PKEY_CTX_new_from_name(0, name, 0), nameof(EVP_PKEY_CTX_new_from_name));
        }
    }

    // libcrypto's parameters hold numbers in the machine's byte order; every machine .NET runs on here is little endian.
    private static Span<byte> Reverse(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        source.CopyTo(destination);
        destination = destination[..source.Length];
        destination.Reverse();
        return destination;
    }

    private static Span<byte> TakeReversed(ReadOnlySpan<byte> source, ref Span<byte> rest)
    {
        Span<byte> taken = Reverse(source, rest);
        rest = rest[source.Length..];
        return taken;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct OsslParam
    {
        public byte* Key;
        public uint DataType;
        public void* Data;
        public nuint DataSize;
        public nuint ReturnSize;

        public OsslParam(byte* key, uint dataType, void* data, int size)
        {
            Key = key;
            DataType = dataType;
            Data = data;
            DataSize = (nuint)size;
            ReturnSize = nuint.MaxValue;
        }
    }

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_public_key(EvpKey key, byte* destination, nuint* length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_raw_private_key(EvpKey key, byte* destination, nuint* length);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_is_a(EvpKey key, byte* name);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_utf8_string_param(EvpKey key, byte* name, byte* value, nuint size, nuint* length);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_get_bn_param(EvpKey key, byte* name, nint* number);

    [LibraryImport(Library)]
    private static partial nint EVP_PKEY_CTX_new_from_name(nint library, byte* name, nint properties);

    [LibraryImport(Library)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_fromdata_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_fromdata(nint context, nint* key, int selection, OsslParam* parameters);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_keygen_init(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_CTX_set_params(nint context, OsslParam* parameters);

    [LibraryImport(Library)]
    private static partial int EVP_PKEY_generate(nint context, nint* key);

    [LibraryImport(Library)]
    private static partial nint BN_new();

    [LibraryImport(Library)]
    private static partial nint BN_bin2bn(byte* data, int length, nint number);

    [LibraryImport(Library)]
    private static partial int BN_bn2binpad(nint number, byte* destination, int length);

    [LibraryImport(Library)]
    private static partial int BN_num_bits(nint number);

    [LibraryImport(Library)]
    private static partial void BN_set_flags(nint number, int flags);

    [LibraryImport(Library)]
    private static partial int BN_sub_word(nint number, ulong word);

    [LibraryImport(Library)]
    private static partial int BN_div(nint quotient, nint remainder, nint dividend, nint divisor, nint context);

    [LibraryImport(Library)]
    private static partial void BN_clear_free(nint number);

    [LibraryImport(Library)]
    private static partial nint BN_CTX_new();

    [LibraryImport(Library)]
    private static partial void BN_CTX_free(nint context);
}
