using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.NtruPrime.NtruField;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// The key encapsulation sntrup761 (Streamlined NTRU Prime, NIST submission of 2020). Time and memory accesses do not depend on
/// secrets, except for the number of keys that key generation throws away.
/// </summary>
internal static class Sntrup761
{
    public const int PublicKeySize = 1158;
    public const int CiphertextSize = RoundedSize + HashSize;
    public const int SharedSecretSize = HashSize;

    /// <summary>f ‖ 1/g ‖ public key ‖ rejection value ‖ hash of the public key.</summary>
    public const int SecretKeySize = TernarySize + TernarySize + PublicKeySize + TernarySize + HashSize;

    private const int TernarySize = (P + 3) / 4;
    private const int RoundedSize = 1007;
    private const int HashSize = 32;

    private const int PublicKeyOffset = 2 * TernarySize;
    private const int RejectionOffset = PublicKeyOffset + PublicKeySize;
    private const int CacheOffset = RejectionOffset + TernarySize;

    private static readonly RadixCode QuotientCode = new(P, Q);
    private static readonly RadixCode RoundedCode = new(P, (Q + 2) / 3);

    // What distinguishes the hashes of the specification from each other: the first byte hashed.
    private enum Purpose : byte
    {
        RejectedSession = 0,
        Session = 1,
        Confirmation = 2,
        Input = 3,
        PublicKey = 4,
    }

    public static Sntrup761KeyPair GenerateKeyPair()
    {
        Span<short> f = stackalloc short[Padded];
        Span<short> g = stackalloc short[Padded];
        Span<short> inverse = stackalloc short[Padded];
        byte[] secretKey = GC.AllocateUninitializedArray<byte>(SecretKeySize, pinned: true);

        do NtruSampling.Ternary(g);
        while (!NtruInverse3.TryInvert(g, inverse));
        NtruSampling.Short(f);
        EncodeTernary(f, secretKey);
        EncodeTernary(inverse, secretKey.AsSpan(TernarySize));
        EncodePublicKey(f, g, secretKey.AsSpan(PublicKeyOffset, PublicKeySize));
        RandomNumberGenerator.Fill(secretKey.AsSpan(RejectionOffset, TernarySize));
        Hash(Purpose.PublicKey, secretKey.AsSpan(PublicKeyOffset, PublicKeySize), [], secretKey.AsSpan(CacheOffset));

        Clear(f);
        Clear(g);
        Clear(inverse);
        return new Sntrup761KeyPair(secretKey);
    }

    /// <summary>Every public key of the right length is usable: the encoding has no invalid values.</summary>
    public static void Encapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> sharedSecret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(publicKey.Length, PublicKeySize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, CiphertextSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sharedSecret.Length, SharedSecretSize);
        Span<short> input = stackalloc short[Padded];
        Span<byte> encoded = stackalloc byte[TernarySize];
        Span<byte> cache = stackalloc byte[HashSize];
        NtruSampling.Short(input);
        EncodeTernary(input, encoded);
        Hash(Purpose.PublicKey, publicKey, [], cache);
        Hide(publicKey, cache, input, encoded, ciphertext);
        HashNested(Purpose.Session, encoded, ciphertext, sharedSecret);
        Clear(input);
        CryptographicOperations.ZeroMemory(encoded);
    }

    /// <summary>A ciphertext that was not made for this key gives a secret that nobody else can know (implicit rejection).</summary>
    internal static void Decapsulate(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secretKey.Length, SecretKeySize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, CiphertextSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sharedSecret.Length, SharedSecretSize);
        Span<short> input = stackalloc short[Padded];
        Span<byte> encoded = stackalloc byte[TernarySize];
        Span<byte> expected = stackalloc byte[CiphertextSize];
        Decrypt(secretKey, ciphertext, input);
        EncodeTernary(input, encoded);
        Hide(PublicKeyOf(secretKey), secretKey.Slice(CacheOffset, HashSize), input, encoded, expected);

        int accepted = ConstantTime.EqualMask(ciphertext, expected);
        ConstantTime.Select(accepted, encoded, secretKey.Slice(RejectionOffset, TernarySize), encoded);
        HashNested((Purpose)((int)Purpose.Session & accepted), encoded, ciphertext, sharedSecret);
        Clear(input);
        CryptographicOperations.ZeroMemory(encoded);
        CryptographicOperations.ZeroMemory(expected);
    }

    internal static ReadOnlySpan<byte> PublicKeyOf(ReadOnlySpan<byte> secretKey) => secretKey.Slice(PublicKeyOffset, PublicKeySize);

    /// <summary>h = g/(3f) modulo q, encoded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void EncodePublicKey(ReadOnlySpan<short> f, ReadOnlySpan<short> g, Span<byte> publicKey)
    {
        Span<short> h = stackalloc short[Padded];
        Span<short> inverse = stackalloc short[Padded];
        Span<ushort> numbers = stackalloc ushort[P];
        NtruInverse.InvertTimes3(f, inverse);
        NtruRing.Multiply(inverse, g, h);
        for (int i = 0; i < P; i++)
            numbers[i] = (ushort)(h[i] + HalfQ);
        QuotientCode.Encode(numbers, publicKey);
        Clear(inverse);
    }

    // ciphertext = round(h · input) ‖ confirmation; a coefficient is rounded to the nearest multiple of three.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Hide(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> cache, ReadOnlySpan<short> input, ReadOnlySpan<byte> encoded, Span<byte> ciphertext)
    {
        Span<ushort> numbers = stackalloc ushort[P];
        Span<short> h = stackalloc short[Padded];
        Span<short> product = stackalloc short[Padded];
        QuotientCode.Decode(publicKey, numbers);
        h[P..].Clear();
        for (int i = 0; i < P; i++)
            h[i] = (short)(numbers[i] - HalfQ);
        NtruRing.Multiply(h, input, product);
        for (int i = 0; i < P; i++)
            numbers[i] = (ushort)(((product[i] - Reduce3(product[i]) + HalfQ) * 10923) >> 15);
        RoundedCode.Encode(numbers, ciphertext[..RoundedSize]);
        HashNested(Purpose.Confirmation, encoded, cache, ciphertext[RoundedSize..]);
        Clear(product);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(numbers));
    }

    // input = ((3f · c modulo q) modulo 3) / g; a result of the wrong weight is replaced by a fixed short polynomial.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Decrypt(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> ciphertext, Span<short> input)
    {
        Span<ushort> numbers = stackalloc ushort[P];
        Span<short> c = stackalloc short[Padded];
        Span<short> secret = stackalloc short[Padded];
        Span<short> product = stackalloc short[Padded];
        RoundedCode.Decode(ciphertext[..RoundedSize], numbers);
        c[P..].Clear();
        for (int i = 0; i < P; i++)
            c[i] = (short)((numbers[i] * 3) - HalfQ);
        DecodeTernary(secretKey, secret);
        NtruRing.Multiply(c, secret, product);
        for (int i = 0; i < P; i++)
            product[i] = (short)Reduce3(ReduceQ(3 * product[i]));
        DecodeTernary(secretKey[TernarySize..], secret);
        NtruRing.Multiply(product, secret, c);

        int weight = 0;
        for (int i = 0; i < P; i++)
        {
            input[i] = (short)Reduce3(c[i]);
            weight += input[i] & 1;
        }
        int wrong = (weight - W) | (W - weight);
        int keep = ~(wrong >> 31);
        for (int i = 0; i < W; i++)
            input[i] = (short)((input[i] & keep) | (1 & ~keep));
        for (int i = W; i < P; i++)
            input[i] = (short)(input[i] & keep);
        input[P..].Clear();
        Clear(c);
        Clear(secret);
        Clear(product);
    }

    // Four coefficients to a byte, two bits each, 0 for −1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EncodeTernary(ReadOnlySpan<short> polynomial, Span<byte> destination)
    {
        for (int i = 0; i < P / 4; i++)
        {
            ReadOnlySpan<short> four = polynomial.Slice(4 * i, 4);
            destination[i] = (byte)(four[0] + 1 + ((four[1] + 1) << 2) + ((four[2] + 1) << 4) + ((four[3] + 1) << 6));
        }
        destination[P / 4] = (byte)(polynomial[P - 1] + 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DecodeTernary(ReadOnlySpan<byte> source, Span<short> polynomial)
    {
        for (int i = 0; i < P; i++)
            polynomial[i] = (short)(((source[i / 4] >> (2 * (i % 4))) & 3) - 1);
        polynomial[P..].Clear();
    }

    // Hash(purpose ‖ Hash(input) ‖ rest)
    private static void HashNested(Purpose purpose, ReadOnlySpan<byte> input, ReadOnlySpan<byte> rest, Span<byte> destination)
    {
        Span<byte> inner = stackalloc byte[HashSize];
        Hash(Purpose.Input, input, [], inner);
        Hash(purpose, inner, rest, destination);
        CryptographicOperations.ZeroMemory(inner);
    }

    // The first 32 bytes of SHA-512(purpose ‖ first ‖ second).
    private static void Hash(Purpose purpose, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> destination)
    {
        Span<byte> message = stackalloc byte[1 + HashSize + PublicKeySize];
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        message[0] = (byte)purpose;
        first.CopyTo(message[1..]);
        second.CopyTo(message[(1 + first.Length)..]);
        message = message[..(1 + first.Length + second.Length)];
        SHA512.HashData(message, digest);
        digest[..HashSize].CopyTo(destination);
        CryptographicOperations.ZeroMemory(message);
        CryptographicOperations.ZeroMemory(digest);
    }

    private static void Clear(Span<short> polynomial) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(polynomial));
}
