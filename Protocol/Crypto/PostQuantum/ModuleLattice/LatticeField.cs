using System.Runtime.CompilerServices;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>
/// Numbers of ML-KEM-768 (FIPS 203 §8) and arithmetic modulo q in 16 bits, signed, without branches and divisions. Montgomery
/// form has the factor 2^16.
/// </summary>
/// <remarks>
/// Loops in this namespace are compiled with full optimisation at once: by tiers, the first thirty key exchanges of a process
/// would take ten to fifty times as long as later ones.
/// </remarks>
internal static class LatticeField
{
    /// <summary>The modulus.</summary>
    public const int Q = 3329;

    /// <summary>Coefficients of a polynomial.</summary>
    public const int N = 256;

    /// <summary>Polynomials in a vector.</summary>
    public const int K = 3;

    // 1/q modulo 2^16.
    public const short InverseOfQ = -3327;

    // 2^16 and 2^32 modulo q: the Montgomery forms of 1 and of 2^16.
    public const short MontgomeryOne = -1044;
    public const short MontgomerySquare = 1353;

    /// <summary>value / 2^16 modulo q, below q in size, for |value| &lt; 2^15 · q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static short MontgomeryReduce(int value)
    {
        short quotient = (short)(value * InverseOfQ);
        return (short)((value - (quotient * Q)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static short MontgomeryMultiply(short left, short right) => MontgomeryReduce(left * right);

    /// <summary>The representative 0…q−1 of any 16-bit value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static short Canonical(short value)
    {
        // round(value / q), off by one at most: 20159 = round(2^26 / q)
        int quotient = ((value * 20159) + (1 << 25)) >> 26;
        int rest = value - (quotient * Q);
        return (short)(rest + (Q & (rest >> 31)));
    }
}
