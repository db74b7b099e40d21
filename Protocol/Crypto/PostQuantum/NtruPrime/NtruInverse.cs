using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.NtruPrime.NtruField;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// 1/(3·a) modulo q and x^p − x − 1, by the constant-time division steps of Bernstein and Yang ("Fast constant-time gcd
/// computation and modular inversion", 2019): always 2p − 1 steps on f (the ring polynomial, reversed), g (a, reversed) and the
/// cofactors v, r; each step replaces g by the combination of f and g without a constant term, divided by x.
/// </summary>
/// <remarks>
/// The signs and powers of two that a step multiplies into (g, r) or (f, v) do no harm: the result is v divided by what is left
/// of f. The vector path relies on that to leave Montgomery factors where they are.
/// </remarks>
internal static class NtruInverse
{
    private const int Steps = (2 * P) - 1;

    // One vector in front for the shifts, one behind for whole-vector reads.
    private const int Margin = 16;
    private const int BufferSize = Margin + Padded + Margin;

    private const int OneThird = -1530;

    // q^-1 modulo 2^16.
    private const short InverseOfQ = 15631;

    /// <summary>Inverts a ternary polynomial that is not zero (the ring is a field: every such one has an inverse).</summary>
    public static void InvertTimes3(ReadOnlySpan<short> ternary, Span<short> inverse)
    {
        if (Avx2.IsSupported) InvertTimes3Vector(ternary, inverse);
        else InvertTimes3Scalar(ternary, inverse);
    }

    internal static void InvertTimes3Scalar(ReadOnlySpan<short> ternary, Span<short> inverse) => Invert(ternary, inverse, vector: false);

    internal static void InvertTimes3Vector(ReadOnlySpan<short> ternary, Span<short> inverse) => Invert(ternary, inverse, vector: true);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Invert(ReadOnlySpan<short> ternary, Span<short> inverse, bool vector)
    {
        Span<short> memory = stackalloc short[4 * BufferSize];
        memory.Clear();
        Span<short> f = memory[Margin..BufferSize];
        Span<short> g = memory[(BufferSize + Margin)..(2 * BufferSize)];
        Span<short> v = memory[((2 * BufferSize) + Margin)..(3 * BufferSize)];
        Span<short> r = memory[((3 * BufferSize) + Margin)..];
        f[0] = 1;
        f[P - 1] = -1;
        f[P] = -1;
        for (int i = 0; i < P; i++)
            g[P - 1 - i] = ternary[i];
        r[0] = OneThird;

        int delta = 1;
        for (int step = 0; step < Steps; step++)
        {
            int f0 = ReduceQ(f[0]);
            int g0 = ReduceQ(g[0]);
            int swap = (-delta >> 31) & ((-g0 | g0) >> 31);
            delta = ((delta ^ swap) - swap) + 1;

            // Coefficients of f and g that later steps still look at, and those of v and r that are not zero yet.
            int remaining = Math.Min(P + 1, Steps - step);
            int grown = Math.Min(P + 1, step + 1);
            if (vector) StepVector(ref f[0], ref g[0], ref v[0], ref r[0], (short)f0, (short)g0, (short)swap, remaining, grown);
            else StepScalar(f, g, v, r, f0, g0, swap, remaining, grown);
        }

        int scale = InverseQ(ReduceQ(f[0]));
        for (int i = 0; i < P; i++)
            inverse[i] = (short)ReduceQ(scale * ReduceQ(v[P - 1 - i]));
        inverse[P..].Clear();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(memory));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepScalar(
        Span<short> f, Span<short> g, Span<short> v, Span<short> r, int f0, int g0, int swap, int remaining, int grown)
    {
        for (int i = 0; i < remaining; i++)
        {
            int oldF = f[i];
            int oldG = g[i];
            f[i] = (short)(oldF ^ ((oldF ^ oldG) & swap));
            int combined = ReduceQ((f0 * oldG) - (g0 * oldF));
            if (i > 0) g[i - 1] = (short)combined;
        }
        for (int i = grown - 1; i >= 0; i--)
        {
            int oldV = i > 0 ? v[i - 1] : 0;
            int oldR = r[i];
            v[i] = (short)(oldV ^ ((oldV ^ oldR) & swap));
            r[i] = (short)ReduceQ((f0 * oldR) - (g0 * oldV));
        }
    }

    // The coefficients stay within ±4938: a product by a representative, in Montgomery form, is below |c|·2295/2^16 + q/2.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepVector(
        ref short f, ref short g, ref short v, ref short r, short f0, short g0, short swap, int remaining, int grown)
    {
        Vector256<short> factorF = Vector256.Create(f0);
        Vector256<short> factorG = Vector256.Create(g0);
        Vector256<short> lowF = Vector256.Create((short)(f0 * InverseOfQ));
        Vector256<short> lowG = Vector256.Create((short)(g0 * InverseOfQ));
        Vector256<short> mask = Vector256.Create(swap);
        for (int i = 0; i < remaining; i += 16)
        {
            Vector256<short> oldF = Vector256.LoadUnsafe(ref f, (nuint)i);
            Vector256<short> oldG = Vector256.LoadUnsafe(ref g, (nuint)i);
            Avx2.BlendVariable(oldF, oldG, mask).StoreUnsafe(ref f, (nuint)i);
            Vector256<short> combined = Multiply(oldG, factorF, lowF) - Multiply(oldF, factorG, lowG);
            combined.StoreUnsafe(ref Unsafe.Add(ref g, i - 1)); // divided by x; at i = 0 the zero lands in the margin
        }
        for (int i = (grown - 1) & ~15; i >= 0; i -= 16)
        {
            Vector256<short> oldV = Vector256.LoadUnsafe(ref Unsafe.Add(ref v, i - 1)); // times x
            Vector256<short> oldR = Vector256.LoadUnsafe(ref r, (nuint)i);
            Avx2.BlendVariable(oldV, oldR, mask).StoreUnsafe(ref v, (nuint)i);
            (Multiply(oldR, factorF, lowF) - Multiply(oldV, factorG, lowG)).StoreUnsafe(ref r, (nuint)i);
        }
    }

    // value · factor / 2^16 modulo q.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Multiply(Vector256<short> value, Vector256<short> factor, Vector256<short> low) =>
        Avx2.MultiplyHigh(value, factor) - Avx2.MultiplyHigh(value * low, Vector256.Create((short)Q));
}
