using System.Runtime.CompilerServices;

namespace SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// The byte encoding of a sequence of numbers below one modulus (NTRU Prime specification, "Encode" and "Decode"): neighbours
/// are joined into one number of the product modulus, which gives off low bytes until it is below 2^14, again and again until
/// one number is left. Encoding is free of branches on the numbers; decoding is meant for public data.
/// </summary>
internal sealed class RadixCode
{
    private const uint Limit = 1 << 14;

    private readonly Level[] _levels;
    private readonly uint _topModulus;
    private readonly int _topBytes;

    public RadixCode(int count, uint modulus)
    {
        Count = count;
        List<Level> levels = [];
        uint last = modulus;
        while (count > 1)
        {
            (uint pair, int pairBytes) = Shrink(modulus * modulus, Limit);
            (uint lastPair, int lastPairBytes) = Shrink(modulus * last, Limit);
            bool even = count % 2 == 0;
            levels.Add(new Level(count, modulus, last, pairBytes, even ? lastPairBytes : pairBytes));
            EncodedSize += (((count / 2) - 1) * pairBytes) + (even ? lastPairBytes : pairBytes);
            count = (count + 1) / 2;
            modulus = count > 1 ? pair : even ? lastPair : last;
            last = even ? lastPair : last;
        }
        _levels = [.. levels];
        _topModulus = last;
        (_, _topBytes) = Shrink(last, 2);
        EncodedSize += _topBytes;
    }

    public int Count { get; }

    public int EncodedSize { get; }

    /// <summary>Encodes the numbers, which are overwritten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(Span<ushort> numbers, Span<byte> destination)
    {
        int written = 0;
        foreach (Level level in _levels)
        {
            int pairs = level.Count / 2;
            for (int i = 0; i < pairs; i++)
            {
                uint joined = numbers[2 * i] + (level.Modulus * numbers[(2 * i) + 1]);
                int bytes = i == pairs - 1 ? level.LastPairBytes : level.PairBytes;
                for (; bytes > 0; bytes--, joined >>= 8)
                    destination[written++] = (byte)joined;
                numbers[i] = (ushort)joined;
            }
            if (level.Count % 2 != 0) numbers[pairs] = numbers[level.Count - 1];
        }
        uint top = numbers[0];
        for (int i = 0; i < _topBytes; i++, top >>= 8)
            destination[written++] = (byte)top;
    }

    /// <summary>Decodes any bytes; what does not stand for numbers below the modulus is reduced, as the specification says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Decode(ReadOnlySpan<byte> source, Span<ushort> numbers)
    {
        int end = source.Length - _topBytes;
        numbers[0] = (ushort)(ReadLittleEndian(source[end..]) % _topModulus);
        for (int l = _levels.Length - 1; l >= 0; l--)
        {
            Level level = _levels[l];
            int pairs = level.Count / 2;
            if (level.Count % 2 != 0) numbers[level.Count - 1] = numbers[pairs];
            for (int i = pairs - 1; i >= 0; i--)
            {
                bool last = i == pairs - 1;
                int bytes = last ? level.LastPairBytes : level.PairBytes;
                uint joined = ((uint)numbers[i] << (8 * bytes)) | ReadLittleEndian(source.Slice(end - bytes, bytes));
                end -= bytes;
                (uint high, uint low) = Math.DivRem(joined, level.Modulus);
                numbers[2 * i] = (ushort)low;
                numbers[(2 * i) + 1] = (ushort)(high % (last && level.Count % 2 == 0 ? level.Last : level.Modulus));
            }
        }
    }

    private static uint ReadLittleEndian(ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    private static (uint Modulus, int Bytes) Shrink(uint modulus, uint limit)
    {
        int bytes = 0;
        for (; modulus >= limit; bytes++)
            modulus = (modulus + 255) >> 8;
        return (modulus, bytes);
    }

    // Count numbers below Modulus, the last one below Last.
    private readonly record struct Level(int Count, uint Modulus, uint Last, int PairBytes, int LastPairBytes);
}
