using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.NtruPrime.NtruField;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>Random ternary polynomials, drawn without branches on the randomness.</summary>
internal static class NtruSampling
{
    // The sorting network wants a power of two; the surplus sorts to the end.
    internal const int SortSize = 1024;

    // The network begins with columns, one per vector lane, and ends with the columns one behind the other.
    private const int Lanes = 8;
    private const int Rows = SortSize / Lanes;

    /// <summary>Every coefficient −1, 0 or 1 with (almost exactly) equal chance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary(Span<short> polynomial)
    {
        Span<uint> random = stackalloc uint[P];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(random));
        for (int i = 0; i < P; i++)
            polynomial[i] = (short)((((random[i] & 0x3fffffff) * 3) >> 30) - 1);
        polynomial[P..].Clear();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(random));
    }

    /// <summary>Exactly <see cref="W"/> coefficients ±1, the rest 0: signs and zeros in the order of random keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Short(Span<short> polynomial)
    {
        Span<uint> keys = stackalloc uint[SortSize];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys[..P]));
        for (int i = 0; i < W; i++)
            keys[i] &= ~1u;
        for (int i = W; i < P; i++)
            keys[i] = (keys[i] & ~3u) | 1;
        keys[P..].Fill(uint.MaxValue);
        Sort(keys);
        for (int i = 0; i < P; i++)
            polynomial[i] = (short)((int)(keys[i] & 3) - 1);
        polynomial[P..].Clear();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(keys));
    }

    /// <summary>Sorts <see cref="SortSize"/> numbers by Batcher's odd-even merges: the same comparisons for every input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sort(Span<uint> keys)
    {
        Span<uint> columns = stackalloc uint[SortSize];
        keys.CopyTo(columns);
        ref uint first = ref MemoryMarshal.GetReference(columns);
        for (int size = 1; size < Rows; size *= 2)
            Merge(ref first, Rows, size, Lanes);
        for (int row = 0; row < Rows; row++)
        {
            for (int lane = 0; lane < Lanes; lane++)
                keys[(lane * Rows) + row] = columns[(row * Lanes) + lane];
        }
        first = ref MemoryMarshal.GetReference(keys);
        for (int size = Rows; size < SortSize; size *= 2)
            Merge(ref first, SortSize, size, 1);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(columns));
    }

    // Merges neighbouring sorted runs of `size` items; an item is `width` numbers that are compared lane by lane.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Merge(ref uint items, int count, int size, int width)
    {
        for (int distance = size; distance >= 1; distance /= 2)
        {
            for (int block = 0; block < count; block += 2 * size)
            {
                int start = distance % size;
                if (width == 1 && distance < Lanes && Vector256.IsHardwareAccelerated)
                    start = OrderNeighbours(ref Unsafe.Add(ref items, block), 2 * size, distance);
                for (; start + distance < 2 * size; start += 2 * distance)
                {
                    ref uint low = ref Unsafe.Add(ref items, (block + start) * width);
                    Order(ref low, ref Unsafe.Add(ref low, distance * width), distance * width);
                }
            }
        }
    }

    // Runs shorter than a vector: partners stand in one vector. Returns where the last, partial vector starts.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int OrderNeighbours(ref uint items, int length, int distance)
    {
        (Vector256<uint> partners, Vector256<uint> upper) = distance switch
        {
            4 => (Vector256.Create(4u, 5, 6, 7, 0, 1, 2, 3), Vector256.Create(0u, 0, 0, 0, ~0u, ~0u, ~0u, ~0u)),
            2 => (Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5), Vector256.Create(0u, 0, ~0u, ~0u, 0, 0, ~0u, ~0u)),
            _ => (Vector256.Create(1u, 0, 3, 2, 5, 4, 7, 6), Vector256.Create(0u, ~0u, 0, ~0u, 0, ~0u, 0, ~0u)),
        };
        int start = distance;
        for (; start + Lanes <= length; start += Lanes)
        {
            Vector256<uint> own = Vector256.LoadUnsafe(ref items, (nuint)start);
            Vector256<uint> other = Vector256.Shuffle(own, partners);
            Vector256<uint> ordered = Vector256.ConditionalSelect(upper, Vector256.Max(own, other), Vector256.Min(own, other));
            ordered.StoreUnsafe(ref items, (nuint)start);
        }
        return start;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Order(ref uint low, ref uint high, int length)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i + Lanes <= length; i += Lanes)
            {
                Vector256<uint> a = Vector256.LoadUnsafe(ref low, (nuint)i);
                Vector256<uint> b = Vector256.LoadUnsafe(ref high, (nuint)i);
                Vector256.Min(a, b).StoreUnsafe(ref low, (nuint)i);
                Vector256.Max(a, b).StoreUnsafe(ref high, (nuint)i);
            }
        }
        for (; i < length; i++)
        {
            ref uint a = ref Unsafe.Add(ref low, i);
            ref uint b = ref Unsafe.Add(ref high, i);
            long difference = (long)b - a;
            difference &= difference >> 63;
            a += (uint)difference;
            b -= (uint)difference;
        }
    }
}
