using System.Runtime.CompilerServices;
using static SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice.LatticeField;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>
/// Polynomials as bytes (FIPS 203 §4.2.1): 12 bits a coefficient, or compressed to 10, 4 or 1. Compression divides by q; a
/// division instruction's time would depend on the secret, so that it is a multiplication and a shift.
/// </summary>
internal static class LatticeCoding
{
    public const int PolynomialSize = N * 12 / 8;
    public const int Compressed10Size = N * 10 / 8;
    public const int Compressed4Size = N * 4 / 8;
    public const int MessageSize = N / 8;

    // ⌈2^38 / q⌉: exact for numerators below 2^23.
    private const ulong ReciprocalOfQ = ((1UL << 38) + Q - 1) / Q;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Encode12(ReadOnlySpan<short> polynomial, Span<byte> destination)
    {
        for (int i = 0; i < N / 2; i++)
        {
            int low = Canonical(polynomial[2 * i]);
            int high = Canonical(polynomial[(2 * i) + 1]);
            destination[3 * i] = (byte)low;
            destination[(3 * i) + 1] = (byte)((low >> 8) | (high << 4));
            destination[(3 * i) + 2] = (byte)(high >> 4);
        }
    }

    /// <summary>False when a coefficient is not below q (the modulus check of FIPS 203 §7.2); the time is the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryDecode12(ReadOnlySpan<byte> source, Span<short> polynomial)
    {
        int tooLarge = 0;
        for (int i = 0; i < N / 2; i++)
        {
            int three = source[3 * i] | (source[(3 * i) + 1] << 8) | (source[(3 * i) + 2] << 16);
            int low = three & 0xfff;
            int high = three >> 12;
            tooLarge |= (Q - 1 - low) | (Q - 1 - high);
            polynomial[2 * i] = (short)low;
            polynomial[(2 * i) + 1] = (short)high;
        }
        return tooLarge >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress10(ReadOnlySpan<short> polynomial, Span<byte> destination)
    {
        for (int i = 0; i < N / 4; i++)
        {
            ulong bits = Compress(polynomial[4 * i], 10)
                | (Compress(polynomial[(4 * i) + 1], 10) << 10)
                | (Compress(polynomial[(4 * i) + 2], 10) << 20)
                | (Compress(polynomial[(4 * i) + 3], 10) << 30);
            for (int j = 0; j < 5; j++)
                destination[(5 * i) + j] = (byte)(bits >> (8 * j));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decompress10(ReadOnlySpan<byte> source, Span<short> polynomial)
    {
        for (int i = 0; i < N / 4; i++)
        {
            ulong bits = 0;
            for (int j = 4; j >= 0; j--)
                bits = (bits << 8) | source[(5 * i) + j];
            for (int j = 0; j < 4; j++)
                polynomial[(4 * i) + j] = Decompress((int)(bits >> (10 * j)) & 0x3ff, 10);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress4(ReadOnlySpan<short> polynomial, Span<byte> destination)
    {
        for (int i = 0; i < N / 2; i++)
            destination[i] = (byte)(Compress(polynomial[2 * i], 4) | (Compress(polynomial[(2 * i) + 1], 4) << 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decompress4(ReadOnlySpan<byte> source, Span<short> polynomial)
    {
        for (int i = 0; i < N / 2; i++)
        {
            polynomial[2 * i] = Decompress(source[i] & 15, 4);
            polynomial[(2 * i) + 1] = Decompress(source[i] >> 4, 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompressMessage(ReadOnlySpan<short> polynomial, Span<byte> message)
    {
        for (int i = 0; i < MessageSize; i++)
        {
            ulong bits = 0;
            for (int j = 0; j < 8; j++)
                bits |= Compress(polynomial[(8 * i) + j], 1) << j;
            message[i] = (byte)bits;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecompressMessage(ReadOnlySpan<byte> message, Span<short> polynomial)
    {
        for (int i = 0; i < N; i++)
            polynomial[i] = (short)(-((message[i / 8] >> (i % 8)) & 1) & ((Q + 1) / 2));
    }

    /// <summary>round(2^bits / q · value) modulo 2^bits, for any 16-bit value.</summary>
    internal static ulong Compress(short value, int bits)
    {
        ulong numerator = ((ulong)Canonical(value) << bits) + (Q / 2);
        return ((numerator * ReciprocalOfQ) >> 38) & ((1UL << bits) - 1);
    }

    // round(q / 2^bits · value)
    private static short Decompress(int value, int bits) => (short)(((value * Q) + (1 << (bits - 1))) >> bits);
}
