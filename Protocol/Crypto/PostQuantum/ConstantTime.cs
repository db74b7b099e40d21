using System.Runtime.CompilerServices;

namespace SshGateway.Protocol.Crypto.PostQuantum;

/// <summary>Comparisons and choices on secrets whose time and memory accesses do not depend on them.</summary>
internal static class ConstantTime
{
    /// <summary>All ones when both spans (of one length) hold the same bytes, else zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int EqualMask(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(left.Length, right.Length);
        int difference = 0;
        for (int i = 0; i < left.Length; i++)
            difference |= left[i] ^ right[i];
        return (difference - 1) >> 31;
    }

    /// <summary>Writes <paramref name="whenSet"/> where the mask is all ones, <paramref name="whenClear"/> where it is zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static void Select(int mask, ReadOnlySpan<byte> whenSet, ReadOnlySpan<byte> whenClear, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (byte)((whenSet[i] & mask) | (whenClear[i] & ~mask));
    }
}
