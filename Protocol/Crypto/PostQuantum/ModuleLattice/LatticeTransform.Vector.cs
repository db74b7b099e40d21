using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice.LatticeField;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>16 coefficients at a time. Layers whose halves are shorter than a vector duplicate each half within the vector.</summary>
internal static partial class LatticeTransform
{
    private const int Lanes = 16;

    // For the lengths 8, 4 and 2: for each lane its twiddle factor, forward; inverse, where the low half gets the factor 1.
    private static readonly short[][] ForwardLanes = [LaneFactors(8, forward: true), LaneFactors(4, true), LaneFactors(2, true)];
    private static readonly short[][] InverseLanes = [LaneFactors(8, forward: false), LaneFactors(4, false), LaneFactors(2, false)];

    // +1 in lanes of a low half, −1 in lanes of a high half.
    private static readonly short[][] HalfSigns = [LaneSigns(8), LaneSigns(4), LaneSigns(2)];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ForwardVector(Span<short> polynomial)
    {
        ref short first = ref polynomial[..N][0];
        int next = 1;
        for (int length = N / 2; length >= Lanes; length /= 2)
        {
            for (int start = 0; start < N; start += 2 * length)
            {
                Vector256<short> zeta = Vector256.Create(Zetas[next++]);
                for (int i = start; i < start + length; i += Lanes)
                {
                    Vector256<short> low = Vector256.LoadUnsafe(ref first, (nuint)i);
                    Vector256<short> product = Multiply(Vector256.LoadUnsafe(ref first, (nuint)(i + length)), zeta);
                    (low + product).StoreUnsafe(ref first, (nuint)i);
                    (low - product).StoreUnsafe(ref first, (nuint)(i + length));
                }
            }
        }
        for (int i = 0; i < N; i += Lanes)
        {
            Vector256<short> value = Vector256.LoadUnsafe(ref first, (nuint)i);
            value = ForwardWithin(Avx2.Permute2x128(value, value, 0x00), Avx2.Permute2x128(value, value, 0x11), 0, i);
            value = ForwardWithin(Shuffle(value, 0x44), Shuffle(value, 0xee), 1, i);
            value = ForwardWithin(Shuffle(value, 0xa0), Shuffle(value, 0xf5), 2, i);
            Multiply(value, Vector256.Create(MontgomeryOne)).StoreUnsafe(ref first, (nuint)i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InverseVector(Span<short> polynomial)
    {
        ref short first = ref polynomial[..N][0];
        for (int i = 0; i < N; i += Lanes)
        {
            Vector256<short> value = Vector256.LoadUnsafe(ref first, (nuint)i);
            value = InverseWithin(Shuffle(value, 0xa0), Shuffle(value, 0xf5), 2, i);
            value = InverseWithin(Shuffle(value, 0x44), Shuffle(value, 0xee), 1, i);
            value = InverseWithin(Avx2.Permute2x128(value, value, 0x00), Avx2.Permute2x128(value, value, 0x11), 0, i);
            value.StoreUnsafe(ref first, (nuint)i);
        }
        int next = (N / Lanes) - 1;
        for (int length = Lanes; length <= N / 2; length *= 2)
        {
            for (int start = 0; start < N; start += 2 * length)
            {
                Vector256<short> zeta = Vector256.Create(Zetas[next--]);
                for (int i = start; i < start + length; i += Lanes)
                {
                    Vector256<short> low = Vector256.LoadUnsafe(ref first, (nuint)i);
                    Vector256<short> high = Vector256.LoadUnsafe(ref first, (nuint)(i + length));
                    Multiply(low + high, Vector256.Create(MontgomeryOne)).StoreUnsafe(ref first, (nuint)i);
                    Multiply(high - low, zeta).StoreUnsafe(ref first, (nuint)(i + length));
                }
            }
        }
        for (int i = 0; i < N; i += Lanes)
            Multiply(Vector256.LoadUnsafe(ref first, (nuint)i), Vector256.Create(InverseScale)).StoreUnsafe(ref first, (nuint)i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InnerProductVector(
        ReadOnlySpan<short> left, ReadOnlySpan<short> right, ReadOnlySpan<short> twisted, Span<short> result)
    {
        ref short a = ref MemoryMarshal.GetReference(left[..(K * N)]);
        ref short b = ref MemoryMarshal.GetReference(right[..(K * N)]);
        ref short c = ref MemoryMarshal.GetReference(twisted[..(K * N)]);
        ref short target = ref result[..N][0];
        for (int i = 0; i < N; i += Lanes)
        {
            Vector256<int> even = default;
            Vector256<int> odd = default;
            for (int j = i; j < K * N; j += N)
            {
                Vector256<short> factor = Vector256.LoadUnsafe(ref a, (nuint)j);
                Vector256<int> pairs = Vector256.LoadUnsafe(ref b, (nuint)j).AsInt32();
                Vector256<short> exchanged = ((pairs << 16) | (pairs >>> 16)).AsInt16();
                even += Avx2.MultiplyAddAdjacent(factor, Vector256.LoadUnsafe(ref c, (nuint)j));
                odd += Avx2.MultiplyAddAdjacent(factor, exchanged);
            }
            Vector256<int> results = (Reduce(even) >>> 16) | (Reduce(odd) & Vector256.Create(-1 << 16));
            results.AsInt16().StoreUnsafe(ref target, (nuint)i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> ForwardWithin(Vector256<short> low, Vector256<short> high, int layer, int offset)
    {
        Vector256<short> product = Multiply(high, Vector256.LoadUnsafe(ref ForwardLanes[layer][offset]));
        return low + Avx2.Sign(product, Vector256.LoadUnsafe(ref HalfSigns[layer][0]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> InverseWithin(Vector256<short> low, Vector256<short> high, int layer, int offset)
    {
        Vector256<short> sum = high + Avx2.Sign(low, Vector256.LoadUnsafe(ref HalfSigns[layer][0]));
        return Multiply(sum, Vector256.LoadUnsafe(ref InverseLanes[layer][offset]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Shuffle(Vector256<short> value, [ConstantExpected] byte control) =>
        Avx2.Shuffle(value.AsInt32(), control).AsInt16();

    // Montgomery product.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Multiply(Vector256<short> value, Vector256<short> factor)
    {
        Vector256<short> quotient = value * factor * Vector256.Create(InverseOfQ);
        return Avx2.MultiplyHigh(value, factor) - Avx2.MultiplyHigh(quotient, Vector256.Create((short)Q));
    }

    // Montgomery reduction of 32-bit values; the result is in the upper halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Reduce(Vector256<int> value)
    {
        // The upper factors are zero, so that each sum of two products is quotient · q alone.
        Vector256<short> quotient = value.AsInt16() * Vector256.Create(InverseOfQ & 0xffff).AsInt16();
        return value - Avx2.MultiplyAddAdjacent(quotient, Vector256.Create(Q).AsInt16());
    }

    private static short[] LaneFactors(int length, bool forward)
    {
        short[] factors = new short[N];
        for (int i = 0; i < N; i++)
        {
            int block = i / (2 * length);
            bool low = i % (2 * length) < length;
            int blocks = N / (2 * length);
            factors[i] = forward ? Zetas[blocks + block] : low ? MontgomeryOne : Zetas[(2 * blocks) - 1 - block];
        }
        return factors;
    }

    private static short[] LaneSigns(int length)
    {
        short[] signs = new short[Lanes];
        for (int i = 0; i < Lanes; i++)
            signs[i] = (short)(i % (2 * length) < length ? 1 : -1);
        return signs;
    }
}
