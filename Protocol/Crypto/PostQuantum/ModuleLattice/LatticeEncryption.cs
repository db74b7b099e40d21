using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice.LatticeField;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>The public-key encryption K-PKE inside ML-KEM-768 (FIPS 203 §5). Vectors of K polynomials stand one behind the other.</summary>
internal static class LatticeEncryption
{
    public const int SecretKeySize = K * LatticeCoding.PolynomialSize;
    public const int PublicKeySize = SecretKeySize + LatticeSampling.SeedSize;
    public const int CiphertextSize = (K * LatticeCoding.Compressed10Size) + LatticeCoding.Compressed4Size;

    private const int VectorLength = K * N;

    /// <summary>t = A·s + e; the keys from a secret 32-byte seed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GenerateKey(ReadOnlySpan<byte> seed, Span<byte> publicKey, Span<byte> secretKey)
    {
        Span<byte> input = stackalloc byte[LatticeSampling.SeedSize + 1];
        Span<byte> seeds = stackalloc byte[2 * LatticeSampling.SeedSize];
        Span<short> secret = stackalloc short[VectorLength];
        Span<short> twisted = stackalloc short[VectorLength];
        Span<short> row = stackalloc short[VectorLength];
        Span<short> product = stackalloc short[N];
        Span<short> error = stackalloc short[N];
        seed.CopyTo(input);
        input[^1] = K;
        SHA3_512.HashData(input, seeds);
        ReadOnlySpan<byte> matrixSeed = seeds[..LatticeSampling.SeedSize];
        ReadOnlySpan<byte> noiseSeed = seeds[LatticeSampling.SeedSize..];

        TransformedNoise(noiseSeed, secret, twisted);
        for (int i = 0; i < K; i++)
        {
            for (int j = 0; j < K; j++)
                LatticeSampling.Uniform(matrixSeed, (byte)j, (byte)i, Part(row, j));
            LatticeTransform.InnerProduct(row, secret, twisted, product);
            LatticeSampling.Noise(noiseSeed, (byte)(K + i), error);
            LatticeTransform.Forward(error);
            for (int j = 0; j < N; j++)
                product[j] = (short)(MontgomeryMultiply(product[j], MontgomerySquare) + error[j]);
            LatticeCoding.Encode12(product, publicKey.Slice(i * LatticeCoding.PolynomialSize, LatticeCoding.PolynomialSize));
            LatticeCoding.Encode12(Part(secret, i), secretKey.Slice(i * LatticeCoding.PolynomialSize, LatticeCoding.PolynomialSize));
        }
        matrixSeed.CopyTo(publicKey[SecretKeySize..]);

        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(seeds);
        Clear(secret);
        Clear(twisted);
        Clear(error);
        Clear(product);
    }

    /// <summary>u = Aᵀ·y + e1, v = t·y + e2 + message. False, with nothing written, when the public key has a coefficient that is not below q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryEncrypt(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> noiseSeed, Span<byte> ciphertext)
    {
        Span<short> row = stackalloc short[VectorLength];
        if (!TryDecodeVector(publicKey, row)) return false;

        Span<short> secret = stackalloc short[VectorLength];
        Span<short> twisted = stackalloc short[VectorLength];
        Span<short> product = stackalloc short[N];
        Span<short> addend = stackalloc short[N];
        TransformedNoise(noiseSeed, secret, twisted);

        LatticeTransform.InnerProduct(row, secret, twisted, product);
        LatticeTransform.Inverse(product);
        LatticeSampling.Noise(noiseSeed, 2 * K, addend);
        Add(product, addend);
        LatticeCoding.DecompressMessage(message, addend);
        Add(product, addend);
        LatticeCoding.Compress4(product, ciphertext[(K * LatticeCoding.Compressed10Size)..]);

        ReadOnlySpan<byte> matrixSeed = publicKey[SecretKeySize..];
        for (int i = 0; i < K; i++)
        {
            for (int j = 0; j < K; j++)
                LatticeSampling.Uniform(matrixSeed, (byte)i, (byte)j, Part(row, j));
            LatticeTransform.InnerProduct(row, secret, twisted, product);
            LatticeTransform.Inverse(product);
            LatticeSampling.Noise(noiseSeed, (byte)(K + i), addend);
            Add(product, addend);
            LatticeCoding.Compress10(product, ciphertext.Slice(i * LatticeCoding.Compressed10Size, LatticeCoding.Compressed10Size));
        }
        Clear(secret);
        Clear(twisted);
        Clear(product);
        Clear(addend);
        return true;
    }

    /// <summary>message = v − s·u, rounded to bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decrypt(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> ciphertext, Span<byte> message)
    {
        Span<short> secret = stackalloc short[VectorLength];
        Span<short> u = stackalloc short[VectorLength];
        Span<short> twisted = stackalloc short[VectorLength];
        Span<short> product = stackalloc short[N];
        Span<short> v = stackalloc short[N];
        for (int i = 0; i < K; i++)
        {
            LatticeCoding.Decompress10(ciphertext[(i * LatticeCoding.Compressed10Size)..], Part(u, i));
            LatticeTransform.Forward(Part(u, i));
        }
        TryDecodeVector(secretKey, secret); // what GenerateKey wrote is below q
        LatticeTransform.Twist(u, twisted);
        LatticeTransform.InnerProduct(secret, u, twisted, product);
        LatticeTransform.Inverse(product);
        LatticeCoding.Decompress4(ciphertext[(K * LatticeCoding.Compressed10Size)..], v);
        for (int i = 0; i < N; i++)
            v[i] -= product[i];
        LatticeCoding.CompressMessage(v, message);
        Clear(secret);
        Clear(product);
        Clear(v);
    }

    /// <summary>The length, and every coefficient below q (FIPS 203 §7.2).</summary>
    public static bool IsPublicKeyValid(ReadOnlySpan<byte> publicKey)
    {
        Span<short> vector = stackalloc short[VectorLength];
        return publicKey.Length == PublicKeySize && TryDecodeVector(publicKey, vector);
    }

    private static bool TryDecodeVector(ReadOnlySpan<byte> source, Span<short> vector)
    {
        bool valid = true;
        for (int i = 0; i < K; i++)
            valid &= LatticeCoding.TryDecode12(source.Slice(i * LatticeCoding.PolynomialSize, LatticeCoding.PolynomialSize), Part(vector, i));
        return valid;
    }

    private static void TransformedNoise(ReadOnlySpan<byte> seed, Span<short> vector, Span<short> twisted)
    {
        for (int i = 0; i < K; i++)
        {
            LatticeSampling.Noise(seed, (byte)i, Part(vector, i));
            LatticeTransform.Forward(Part(vector, i));
        }
        LatticeTransform.Twist(vector, twisted);
    }

    private static Span<short> Part(Span<short> vector, int index) => vector.Slice(index * N, N);

    private static void Add(Span<short> sum, ReadOnlySpan<short> addend)
    {
        for (int i = 0; i < sum.Length; i++)
            sum[i] += addend[i];
    }

    private static void Clear(Span<short> polynomial) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(polynomial));
}
