using System.Runtime.CompilerServices;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// Numbers of the parameter set sntrup761 and arithmetic in its two coefficient fields. Every value is kept as its
/// representative closest to zero: −2295…2295 modulo q, −1…1 modulo 3. Nothing here branches or divides.
/// </summary>
/// <remarks>
/// Loops in this namespace are compiled with full optimisation at once: by tiers, the first thirty key exchanges of a process
/// would take ten to fifty times as long as later ones.
/// </remarks>
internal static class NtruField
{
    /// <summary>Degree of the ring polynomial x^p − x − 1.</summary>
    public const int P = 761;

    /// <summary>The large modulus.</summary>
    public const int Q = 4591;

    /// <summary>Non-zero coefficients of a short polynomial.</summary>
    public const int W = 286;

    /// <summary>Largest representative modulo q.</summary>
    public const int HalfQ = (Q - 1) / 2;

    /// <summary>Length of every coefficient buffer: P rounded up to whole vectors; the surplus stays zero.</summary>
    public const int Padded = 768;

    // ⌊2^32 / q⌋: exact enough for |value| < 2^27 after one correction-free rounding (the error is below 2^-5).
    private const long ReciprocalOfQ = (1L << 32) / Q;

    /// <summary>The representative of any |value| below 2^26.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReduceQ(int value)
    {
        int quotient = (int)(((value * ReciprocalOfQ) + (1L << 31)) >> 32);
        int rest = value - (quotient * Q);

        // The estimate may be off by one next to the middle between two multiples.
        rest -= Q & ((HalfQ - rest) >> 31);
        rest += Q & ((rest + HalfQ) >> 31);
        return rest;
    }

    /// <summary>The representative modulo 3 of any |value| up to 5000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Reduce3(int value) => value - (3 * (((value * 10923) + (1 << 14)) >> 15));

    /// <summary>1/value modulo q as value^(q−2); 0 for 0.</summary>
    public static int InverseQ(int value)
    {
        int result = 1;
        for (int bit = 12; bit >= 0; bit--)
        {
            result = ReduceQ(result * result);
            if (((Q - 2) >> bit & 1) != 0) result = ReduceQ(result * value); // the exponent is public
        }
        return result;
    }
}
