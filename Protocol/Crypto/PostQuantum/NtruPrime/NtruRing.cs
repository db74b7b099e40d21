using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.NtruPrime.NtruField;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// Multiplication in Z[x]/(x^p − x − 1), coefficients modulo q, where one factor is ternary. Schoolbook: with AVX2 a term costs
/// one vpsignw and one vpaddw for 16 coefficients, which needs no transform to be quick. Buffers are
/// <see cref="Padded"/> long with zeros behind the polynomial.
/// </summary>
internal static class NtruRing
{
    // Terms that fit 16 bits between two reductions: 2926 (the bound of Reduce) + 12 · 2295 < 2^15.
    private const int TermsPerReduction = 12;

    /// <summary>
    /// product = dense · ternary, coefficients −2295…2295. When both are ternary no sum reaches q/2, so that the product is
    /// exact over the integers and may be reduced modulo 3.
    /// </summary>
    public static void Multiply(ReadOnlySpan<short> dense, ReadOnlySpan<short> ternary, Span<short> product)
    {
        if (Avx2.IsSupported) MultiplyVector(dense, ternary, product);
        else MultiplyScalar(dense, ternary, product);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyScalar(ReadOnlySpan<short> dense, ReadOnlySpan<short> ternary, Span<short> product)
    {
        Span<int> sums = stackalloc int[2 * P];
        sums.Clear();
        for (int i = 0; i < P; i++)
        {
            int factor = ternary[i];
            Span<int> target = sums.Slice(i, P);
            for (int j = 0; j < target.Length; j++)
                target[j] += factor * dense[j];
        }

        // x^(p+m) = x^(m+1) + x^m
        product.Clear();
        product[0] = (short)ReduceQ(sums[0] + sums[P]);
        for (int i = 1; i < P; i++)
            product[i] = (short)ReduceQ(sums[i] + sums[i + P] + sums[i + P - 1]);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(sums));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyVector(ReadOnlySpan<short> dense, ReadOnlySpan<short> ternary, Span<short> product)
    {
        // Zeros on both sides of the dense factor let every block of sums read whole vectors without a case at the ends.
        Span<short> padded = stackalloc short[3 * Padded];
        Span<short> sums = stackalloc short[2 * Padded];
        padded.Clear();
        dense[..P].CopyTo(padded[Padded..]);
        for (int block = 0; block < 2 * Padded; block += 64)
            SumBlock(padded, ternary, block, sums);
        Fold(sums, product[..Padded]);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(padded));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(sums));
    }

    // sums[block … block + 63] of the product before the reduction by x^p − x − 1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumBlock(ReadOnlySpan<short> padded, ReadOnlySpan<short> ternary, int block, Span<short> sums)
    {
        int first = Math.Max(0, block - P + 1);
        int end = Math.Min(P, block + 64);
        ref short dense = ref Unsafe.Add(ref MemoryMarshal.GetReference(padded), Padded + block);
        ref short factor = ref MemoryMarshal.GetReference(ternary);
        Vector256<short> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        while (first < end)
        {
            int stop = Math.Min(end, first + TermsPerReduction);
            for (; first < stop; first++)
            {
                Vector256<short> sign = Vector256.Create(Unsafe.Add(ref factor, first));
                ref short terms = ref Unsafe.Subtract(ref dense, first);
                sum0 += Avx2.Sign(Vector256.LoadUnsafe(ref terms), sign);
                sum1 += Avx2.Sign(Vector256.LoadUnsafe(ref terms, 16), sign);
                sum2 += Avx2.Sign(Vector256.LoadUnsafe(ref terms, 32), sign);
                sum3 += Avx2.Sign(Vector256.LoadUnsafe(ref terms, 48), sign);
            }
            sum0 = Reduce(sum0);
            sum1 = Reduce(sum1);
            sum2 = Reduce(sum2);
            sum3 = Reduce(sum3);
        }
        ref short target = ref sums.Slice(block, 64)[0];
        sum0.StoreUnsafe(ref target);
        sum1.StoreUnsafe(ref target, 16);
        sum2.StoreUnsafe(ref target, 32);
        sum3.StoreUnsafe(ref target, 48);
    }

    // x^(p+m) = x^(m+1) + x^m
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold(Span<short> sums, Span<short> product)
    {
        ref short low = ref sums[0];
        ref short high = ref sums[P - 1];
        int middle = high;
        high = 0; // the term x^(p−1) does not fold
        for (int i = 0; i < Padded; i += 16)
        {
            Vector256<short> sum = Vector256.LoadUnsafe(ref low, (nuint)i)
                + Vector256.LoadUnsafe(ref high, (nuint)i)
                + Vector256.LoadUnsafe(ref high, (nuint)i + 1);
            Canonical(Reduce(sum)).StoreUnsafe(ref product[i]);
        }
        product[P - 1] = (short)ReduceQ(middle + sums[(2 * P) - 2]);
        product[P..].Clear();
    }

    // Any 16-bit value to −2926…2926: the quotient is estimated as value · 7 / 2^15, rounded.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<short> Reduce(Vector256<short> value) =>
        value - (Avx2.MultiplyHighRoundScale(value, Vector256.Create((short)7)) * Vector256.Create((short)Q));

    // −2295 − q … 2295 + q to the representative.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<short> Canonical(Vector256<short> value)
    {
        Vector256<short> q = Vector256.Create((short)Q);
        Vector256<short> half = Vector256.Create((short)HalfQ);
        value -= Avx2.CompareGreaterThan(value, half) & q;
        value += Avx2.CompareGreaterThan(-half, value) & q;
        return value;
    }
}
