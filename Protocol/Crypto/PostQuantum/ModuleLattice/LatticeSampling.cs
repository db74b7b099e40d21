using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice.LatticeField;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>Polynomials from seeds (FIPS 203 §4.2.2).</summary>
internal static class LatticeSampling
{
    public const int SeedSize = 32;

    // 448 candidates of which 256 must be below q: they fail to suffice about once in 10^40 seeds, and then more are drawn.
    private const int UniformBytes = 4 * 168;

    private const int NoiseBytes = 128;

    /// <summary>Uniform coefficients from a public seed: 12-bit candidates are taken until 256 are below q.</summary>
    public static void Uniform(ReadOnlySpan<byte> seed, byte column, byte row, Span<short> polynomial)
    {
        Span<byte> input = stackalloc byte[SeedSize + 2];
        seed.CopyTo(input);
        input[SeedSize] = column;
        input[SeedSize + 1] = row;
        Span<byte> stream = stackalloc byte[UniformBytes];
        Shake128.HashData(input, stream);
        for (int size = 2 * UniformBytes; !TryTake(stream, polynomial); size *= 2)
        {
            stream = new byte[size];
            Shake128.HashData(input, stream);
        }
    }

    /// <summary>Small secret coefficients, centred binomial with η = 2: (sum of two bits) − (sum of two bits).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Noise(ReadOnlySpan<byte> seed, byte nonce, Span<short> polynomial)
    {
        Span<byte> input = stackalloc byte[SeedSize + 1];
        Span<byte> bytes = stackalloc byte[NoiseBytes];
        seed.CopyTo(input);
        input[SeedSize] = nonce;
        Shake256.HashData(input, bytes);
        for (int i = 0; i < NoiseBytes / 8; i++)
        {
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
            ulong sums = (bits & 0x5555555555555555) + ((bits >> 1) & 0x5555555555555555);
            for (int j = 0; j < 16; j++, sums >>= 4)
                polynomial[(16 * i) + j] = (short)((int)(sums & 3) - (int)((sums >> 2) & 3));
        }
        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(bytes);
    }

    // Every candidate is stored and the position advances only past the accepted ones: no branch to mispredict.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool TryTake(ReadOnlySpan<byte> stream, Span<short> polynomial)
    {
        int taken = 0;
        for (int i = 0; i + 3 <= stream.Length && taken < N; i += 3)
        {
            int three = stream[i] | (stream[i + 1] << 8) | (stream[i + 2] << 16);
            int candidate = three & 0xfff;
            polynomial[taken] = (short)candidate;
            taken += (int)((uint)(candidate - Q) >> 31);
            if (taken == N) break;
            candidate = three >> 12;
            polynomial[taken] = (short)candidate;
            taken += (int)((uint)(candidate - Q) >> 31);
        }
        return taken == N;
    }
}
