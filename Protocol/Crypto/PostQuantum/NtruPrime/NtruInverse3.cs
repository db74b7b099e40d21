using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.NtruPrime.NtruField;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// 1/a modulo 3 and x^p − x − 1, by the same division steps as <see cref="NtruInverse"/>. A polynomial is two planes of 768
/// bits, "not zero" and, within it, "negative", so that one vector holds 256 coefficients and no multiplication is needed.
/// </summary>
internal static class NtruInverse3
{
    private const int Steps = (2 * P) - 1;

    // 64-bit words of a plane; zeros stand before the first plane and behind each, which the shifts by one bit read.
    private const int Words = Padded / 64;
    private const int Gap = 4;
    private const int Plane = Words + Gap;

    /// <summary>False when there is no inverse: the ring modulo 3 is no field. The time does not depend on the polynomial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryInvert(ReadOnlySpan<short> ternary, Span<short> inverse)
    {
        Span<ulong> memory = stackalloc ulong[Gap + (8 * Plane)];
        memory.Clear();
        Span<ulong> f = memory[Gap..];
        Span<ulong> g = f[(2 * Plane)..]; // times x: each step divides by x when it reads
        Span<ulong> v = g[(2 * Plane)..];
        Span<ulong> r = v[(2 * Plane)..];
        Set(f, 0, 1);
        Set(f, P - 1, -1);
        Set(f, P, -1);
        for (int i = 0; i < P; i++)
            Set(g, P - i, ternary[i]);
        Set(r, 0, 1);

        int delta = 1;
        for (int step = 0; step < Steps; step++)
        {
            ulong g0 = (g[0] >> 1) & 1;
            ulong factor = f[0] & g0; // −f0·g0
            ulong negative = ~(f[Plane] ^ (g[Plane] >> 1)) & factor;
            int swap = (-delta >> 31) & -(int)g0;
            delta = ((delta ^ swap) - swap) + 1;
            Combination combination = new((ulong)(long)swap, 0 - factor, 0 - negative);
            StepRemainders(ref f[0], ref g[0], combination);
            StepCofactors(ref v[0], ref r[0], combination);
        }

        int sign = Get(f, 0);
        for (int i = 0; i < P; i++)
            inverse[i] = (short)(sign * Get(v, P - 1 - i));
        inverse[P..].Clear();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(memory));
        return delta == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepRemainders(ref ulong f, ref ulong g, in Combination combination)
    {
        for (nuint i = 0; i < Words; i += 4)
        {
            Vector256<ulong> f0 = Vector256.LoadUnsafe(ref f, i);
            Vector256<ulong> f1 = Vector256.LoadUnsafe(ref f, i + Plane);
            Vector256<ulong> g0 = (Vector256.LoadUnsafe(ref g, i) >> 1) | (Vector256.LoadUnsafe(ref g, i + 1) << 63);
            Vector256<ulong> g1 = (Vector256.LoadUnsafe(ref g, i + Plane) >> 1) | (Vector256.LoadUnsafe(ref g, i + Plane + 1) << 63);
            combination.Apply(ref f0, ref f1, ref g0, ref g1);
            f0.StoreUnsafe(ref f, i);
            f1.StoreUnsafe(ref f, i + Plane);
            g0.StoreUnsafe(ref g, i);
            g1.StoreUnsafe(ref g, i + Plane);
        }
    }

    // From the top: a vector is shifted by what the one below held before this step.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepCofactors(ref ulong v, ref ulong r, in Combination combination)
    {
        for (nint i = Words - 4; i >= 0; i -= 4)
        {
            ref ulong vi = ref Unsafe.Add(ref v, i);
            ref ulong below = ref Unsafe.Add(ref v, i - 1);
            Vector256<ulong> v0 = (Vector256.LoadUnsafe(ref vi) << 1) | (Vector256.LoadUnsafe(ref below) >> 63);
            Vector256<ulong> v1 = (Vector256.LoadUnsafe(ref vi, Plane) << 1) | (Vector256.LoadUnsafe(ref below, Plane) >> 63);
            Vector256<ulong> r0 = Vector256.LoadUnsafe(ref r, (nuint)i);
            Vector256<ulong> r1 = Vector256.LoadUnsafe(ref r, (nuint)i + Plane);
            combination.Apply(ref v0, ref v1, ref r0, ref r1);
            v0.StoreUnsafe(ref vi);
            v1.StoreUnsafe(ref vi, Plane);
            r0.StoreUnsafe(ref r, (nuint)i);
            r1.StoreUnsafe(ref r, (nuint)i + Plane);
        }
    }

    private static void Set(Span<ulong> planes, int index, int value)
    {
        planes[index / 64] |= (ulong)(value & 1) << (index % 64);
        planes[Plane + (index / 64)] |= (ulong)((value >> 1) & 1) << (index % 64);
    }

    private static int Get(ReadOnlySpan<ulong> planes, int index)
    {
        int nonZero = (int)(planes[index / 64] >> (index % 64)) & 1;
        int negative = (int)(planes[Plane + (index / 64)] >> (index % 64)) & 1;
        return nonZero - (2 * negative);
    }

    // (a, b) = swap ? (b, a) : (a, b), then b += factor · a; masks of all ones or zeros.
    private readonly struct Combination(ulong swap, ulong factor, ulong factorNegative)
    {
        private readonly Vector256<ulong> _swap = Vector256.Create(swap);
        private readonly Vector256<ulong> _factor = Vector256.Create(factor);
        private readonly Vector256<ulong> _factorNegative = Vector256.Create(factorNegative);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector256<ulong> a0, ref Vector256<ulong> a1, ref Vector256<ulong> b0, ref Vector256<ulong> b1)
        {
            Vector256<ulong> difference = (a0 ^ b0) & _swap;
            a0 ^= difference;
            b0 ^= difference;
            difference = (a1 ^ b1) & _swap;
            a1 ^= difference;
            b1 ^= difference;

            Vector256<ulong> term0 = a0 & _factor;
            Vector256<ulong> term1 = (a1 ^ _factorNegative) & term0;
            Vector256<ulong> s = b0 ^ term1;
            Vector256<ulong> t = b1 ^ term0;
            b0 = (s ^ b1) | (t ^ term1);
            b1 = s & t;
        }
    }
}
