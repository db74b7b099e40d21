using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using static SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice.LatticeField;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>
/// The number-theoretic transform of FIPS 203 §4.3: forward to 128 polynomials of degree one, products there, and back.
/// LatticeTransform.Vector.cs has the same for AVX2.
/// </summary>
internal static partial class LatticeTransform
{
    // ζ^bitreverse(i) with ζ = 17, in Montgomery form: the twiddle factors in the order in which the forward transform uses them.
    private static readonly short[] Zetas = ComputeZetas();

    // 2^32/128: undoes the growth by 128 of the inverse transform and the factor 2^-16 of MultiplyAdd.
    private const short InverseScale = 1441;

    /// <summary>In place; coefficients up to q in size give results below q in size.</summary>
    public static void Forward(Span<short> polynomial)
    {
        if (Avx2.IsSupported) ForwardVector(polynomial);
        else ForwardScalar(polynomial);
    }

    /// <summary>In place; from results of <see cref="InnerProduct"/> (whose factor 2^-16 it removes) to coefficients below q in size.</summary>
    public static void Inverse(Span<short> polynomial)
    {
        if (Avx2.IsSupported) InverseVector(polynomial);
        else InverseScalar(polynomial);
    }

    /// <summary>
    /// The inner product of two vectors of K transformed polynomials, divided by 2^16. The second vector stands with its
    /// twisted form, see <see cref="Twist"/>. Both inputs are at most q in size, results below q.
    /// </summary>
    public static void InnerProduct(
        ReadOnlySpan<short> left, ReadOnlySpan<short> right, ReadOnlySpan<short> twisted, Span<short> result)
    {
        if (Avx2.IsSupported) InnerProductVector(left, right, twisted, result);
        else InnerProductScalar(left, right, twisted, result);
    }

    /// <summary>Multiplies each odd coefficient by its γ (modulus X² − γ), which <see cref="InnerProduct"/> needs of one factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Twist(ReadOnlySpan<short> vector, Span<short> twisted)
    {
        for (int i = 0; i < vector.Length; i += 2)
        {
            int pair = (i / 2) % (N / 2);
            short zeta = Zetas[64 + (pair / 2)];
            twisted[i] = vector[i];
            twisted[i + 1] = MontgomeryMultiply(vector[i + 1], (short)(pair % 2 == 0 ? zeta : -zeta));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ForwardScalar(Span<short> polynomial)
    {
        int next = 1;
        for (int length = N / 2; length >= 2; length /= 2)
        {
            for (int start = 0; start < N; start += 2 * length)
            {
                short zeta = Zetas[next++];
                Span<short> low = polynomial.Slice(start, length);
                Span<short> high = polynomial.Slice(start + length, length);
                for (int i = 0; i < low.Length; i++)
                {
                    short product = MontgomeryMultiply(zeta, high[i]);
                    high[i] = (short)(low[i] - product);
                    low[i] += product;
                }
            }
        }
        for (int i = 0; i < N; i++)
            polynomial[i] = MontgomeryMultiply(polynomial[i], MontgomeryOne); // each layer added up to q
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InverseScalar(Span<short> polynomial)
    {
        int next = N / 2 - 1;
        for (int length = 2; length <= N / 2; length *= 2)
        {
            for (int start = 0; start < N; start += 2 * length)
            {
                short zeta = Zetas[next--];
                Span<short> low = polynomial.Slice(start, length);
                Span<short> high = polynomial.Slice(start + length, length);
                for (int i = 0; i < low.Length; i++)
                {
                    short sum = (short)(low[i] + high[i]);
                    high[i] = MontgomeryMultiply(zeta, (short)(high[i] - low[i]));
                    low[i] = MontgomeryMultiply(sum, MontgomeryOne);
                }
            }
        }
        for (int i = 0; i < N; i++)
            polynomial[i] = MontgomeryMultiply(polynomial[i], InverseScale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void InnerProductScalar(
        ReadOnlySpan<short> left, ReadOnlySpan<short> right, ReadOnlySpan<short> twisted, Span<short> result)
    {
        for (int i = 0; i < N; i += 2)
        {
            int even = 0;
            int odd = 0;
            for (int j = i; j < K * N; j += N)
            {
                even += (left[j] * twisted[j]) + (left[j + 1] * twisted[j + 1]);
                odd += (left[j] * right[j + 1]) + (left[j + 1] * right[j]);
            }
            result[i] = MontgomeryReduce(even);
            result[i + 1] = MontgomeryReduce(odd);
        }
    }

    private static short[] ComputeZetas()
    {
        short[] zetas = new short[N / 2];
        int power = 1 << 16;
        for (int i = 0; i < zetas.Length; i++)
        {
            int reversed = 0;
            for (int bit = 0; bit < 7; bit++)
                reversed |= ((i >> bit) & 1) << (6 - bit);
            int value = power % Q;
            zetas[reversed] = (short)(value > Q / 2 ? value - Q : value);
            power = value * 17;
        }
        return zetas;
    }
}
