using System.Runtime.Intrinsics.X86;
using SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.ModuleLattice;

public sealed class LatticeArithmeticTests
{
    private const int Q = LatticeField.Q;
    private const int N = LatticeField.N;
    private const int K = LatticeField.K;

    private readonly Random _random = new(3);

    [Fact]
    public void Every_number_has_its_canonical_representative()
    {
        for (int value = short.MinValue; value <= short.MaxValue; value++)
            Assert.Equal(((value % Q) + Q) % Q, LatticeField.Canonical((short)value));
    }

    [Fact]
    public void Compression_of_every_number_is_the_rounded_quotient()
    {
        foreach (int bits in (int[])[1, 4, 10])
        {
            for (int value = 0; value < Q; value++)
            {
                ulong expected = (ulong)Math.Round((double)value * (1 << bits) / Q, MidpointRounding.AwayFromZero) % (1UL << bits);
                Assert.Equal(expected, LatticeCoding.Compress((short)value, bits));
                Assert.Equal(expected, LatticeCoding.Compress((short)(value - Q), bits));
            }
        }
    }

    [Fact]
    public void Encodings_give_back_what_was_encoded()
    {
        short[] polynomial = Polynomial(() => _random.Next(Q));
        short[] decoded = new short[N];
        byte[] bytes = new byte[LatticeCoding.PolynomialSize];
        LatticeCoding.Encode12(polynomial, bytes);
        Assert.True(LatticeCoding.TryDecode12(bytes, decoded));
        Assert.Equal(polynomial, decoded);

        bytes = new byte[LatticeCoding.Compressed10Size];
        LatticeCoding.Compress10(polynomial, bytes);
        LatticeCoding.Decompress10(bytes, decoded);
        Assert.All(Enumerable.Range(0, N), i => Assert.InRange(Distance(polynomial[i], decoded[i]), 0, 2)); // q / 2^11, rounded

        bytes = new byte[LatticeCoding.Compressed4Size];
        LatticeCoding.Compress4(polynomial, bytes);
        LatticeCoding.Decompress4(bytes, decoded);
        Assert.All(Enumerable.Range(0, N), i => Assert.InRange(Distance(polynomial[i], decoded[i]), 0, 104)); // q / 2^5, rounded

        byte[] message = new byte[LatticeCoding.MessageSize];
        byte[] read = new byte[LatticeCoding.MessageSize];
        _random.NextBytes(message);
        LatticeCoding.DecompressMessage(message, decoded);
        LatticeCoding.CompressMessage(decoded, read);
        Assert.Equal(message, read);
    }

    [Fact]
    public void Transforms_by_vectors_and_by_numbers_are_equal()
    {
        if (!Avx2.IsSupported) return; // there is only one path
        for (int i = 0; i < 100; i++)
        {
            short[] polynomial = i switch
            {
                0 => Polynomial(() => Q),
                1 => Polynomial(() => -Q),
                _ => Polynomial(() => _random.Next(-Q, Q + 1)),
            };
            (short[] numbers, short[] vectors) = ((short[])polynomial.Clone(), (short[])polynomial.Clone());
            LatticeTransform.ForwardScalar(numbers);
            LatticeTransform.ForwardVector(vectors);
            Assert.Equal(numbers, vectors);
            Assert.All(numbers, x => Assert.InRange(x, (short)-Q, (short)Q));

            (numbers, vectors) = ((short[])polynomial.Clone(), (short[])polynomial.Clone());
            LatticeTransform.InverseScalar(numbers);
            LatticeTransform.InverseVector(vectors);
            Assert.Equal(numbers, vectors);
            Assert.All(numbers, x => Assert.InRange(x, (short)-Q, (short)Q));

            short[] left = Vector(i);
            short[] right = Vector(i);
            short[] twisted = new short[K * N];
            LatticeTransform.Twist(right, twisted);
            LatticeTransform.InnerProductScalar(left, right, twisted, numbers);
            LatticeTransform.InnerProductVector(left, right, twisted, vectors);
            Assert.Equal(numbers, vectors);
            Assert.All(numbers, x => Assert.InRange(x, (short)-Q, (short)Q));
        }
    }

    [Fact]
    public void Inner_products_through_the_transform_are_those_of_schoolbook()
    {
        for (int round = 0; round < 5; round++)
        {
            short[] left = Vector(2);
            short[] right = Vector(2);
            long[] expected = new long[N];
            for (int part = 0; part < K; part++)
            {
                for (int i = 0; i < N; i++)
                {
                    for (int j = 0; j < N; j++)
                    {
                        long product = left[(part * N) + i] * right[(part * N) + j];
                        expected[(i + j) % N] += i + j < N ? product : -product; // modulo x^256 + 1
                    }
                }
                LatticeTransform.Forward(left.AsSpan(part * N, N));
                LatticeTransform.Forward(right.AsSpan(part * N, N));
            }
            short[] twisted = new short[K * N];
            short[] result = new short[N];
            LatticeTransform.Twist(right, twisted);
            LatticeTransform.InnerProduct(left, right, twisted, result);
            LatticeTransform.Inverse(result);
            Assert.Equal(expected.Select(x => (short)(((x % Q) + Q) % Q)), result.Select(LatticeField.Canonical));
        }
    }

    [Fact]
    public void Uniform_sampling_takes_only_candidates_below_q_and_says_when_they_do_not_suffice()
    {
        short[] polynomial = new short[N];
        byte[] stream = new byte[3 * 128];
        Assert.True(LatticeSampling.TryTake(stream, polynomial));
        Assert.False(LatticeSampling.TryTake(stream.AsSpan(3), polynomial));

        // One candidate of the 256 is q itself; the next one, 257th, takes its place.
        stream = new byte[3 * 129];
        stream[0] = Q & 0xff;
        stream[1] = Q >> 8;
        stream[3 * 128] = 7;
        Assert.False(LatticeSampling.TryTake(stream.AsSpan(0, 3 * 128), polynomial));
        Assert.True(LatticeSampling.TryTake(stream, polynomial));
        Assert.Equal(7, polynomial[^1]);
        Assert.Equal(0, polynomial[0]);
    }

    [Fact]
    public void Noise_is_centred_binomial()
    {
        short[] polynomial = new short[N];
        int[] counts = new int[5];
        for (int i = 0; i < 1000; i++)
        {
            byte[] seed = new byte[32];
            _random.NextBytes(seed);
            LatticeSampling.Noise(seed, (byte)i, polynomial);
            foreach (short x in polynomial)
                counts[x + 2]++;
        }
        // 256,000 draws with chances 1, 4, 6, 4, 1 of 16; standard deviation at most 249.
        foreach ((int value, int chance) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 4), (2, 6), (3, 4), (4, 1)])
            Assert.InRange(counts[value], (16_000 * chance) - (8 * 249), (16_000 * chance) + (8 * 249));
    }

    private short[] Vector(int kind) =>
        [.. Enumerable.Range(0, K * N).Select(_ => (short)(kind == 0 ? Q : kind == 1 ? -Q : _random.Next(-Q, Q + 1)))];

    private static int Distance(int left, int right)
    {
        int distance = Math.Abs(left - right);
        return Math.Min(distance, Q - distance);
    }

    private static short[] Polynomial(Func<int> coefficient) => [.. Enumerable.Range(0, N).Select(_ => (short)coefficient())];
}
