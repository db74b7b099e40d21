using System.Runtime.Intrinsics.X86;
using SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;
using Xunit;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.NtruPrime;

public sealed class NtruArithmeticTests
{
    private const int P = NtruField.P;
    private const int Q = NtruField.Q;

    private readonly Random _random = new(1);

    [Fact]
    public void Numbers_are_reduced_to_the_representative_closest_to_zero()
    {
        for (int multiple = -14000; multiple <= 14000; multiple += 7)
        {
            for (int offset = -2; offset <= 2; offset++)
            {
                int edge = (multiple * Q) + NtruField.HalfQ + offset;
                Assert.Equal(ReferenceSntrup761.Centered(edge, Q), NtruField.ReduceQ(edge));
                Assert.Equal(offset, NtruField.ReduceQ((multiple * Q) + offset));
            }
        }
        for (int value = -5000; value <= 5000; value++)
            Assert.Equal(ReferenceSntrup761.Centered(value, 3), NtruField.Reduce3(value));
    }

    [Fact]
    public void Every_number_but_zero_has_its_inverse()
    {
        for (int value = -NtruField.HalfQ; value <= NtruField.HalfQ; value++)
            Assert.Equal(value == 0 ? 0 : 1, NtruField.ReduceQ(value * NtruField.InverseQ(value)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Products_are_those_of_the_reference(bool extreme)
    {
        for (int i = 0; i < 10; i++)
        {
            // Extreme: every sum of products has the largest size that it can have.
            short[] dense = extreme ? Polynomial(() => NtruField.HalfQ) : Polynomial(() => _random.Next(-NtruField.HalfQ, NtruField.HalfQ + 1));
            short[] ternary = extreme ? Polynomial(() => i % 2 == 0 ? 1 : -1) : Polynomial(Ternary);
            int[] expected = ReferenceSntrup761.Multiply(Numbers(dense), Numbers(ternary), Q);
            short[] product = Garbage();
            NtruRing.MultiplyScalar(dense, ternary, product);
            Assert.Equal(expected, Numbers(product));
            Assert.All(product[P..], x => Assert.Equal(0, x));
            if (!Avx2.IsSupported) continue;
            product = Garbage();
            NtruRing.MultiplyVector(dense, ternary, product);
            Assert.Equal(expected, Numbers(product));
            Assert.All(product[P..], x => Assert.Equal(0, x));
        }
    }

    [Fact]
    public void A_product_of_ternary_polynomials_is_exact()
    {
        short[] ones = Polynomial(() => 1);
        short[] product = new short[NtruField.Padded];
        NtruRing.Multiply(ones, ones, product);
        Assert.Equal(ReferenceSntrup761.Multiply(Numbers(ones), Numbers(ones), 1 << 20), Numbers(product));
    }

    [Fact]
    public void Inverses_modulo_q_are_inverses_and_the_same_by_vectors_and_by_numbers()
    {
        for (int i = 0; i < 6; i++)
        {
            short[] ternary = i switch
            {
                0 => Polynomial(() => 1),
                1 => Polynomial(() => 0),
                _ => Polynomial(Ternary),
            };
            if (i == 1) ternary[P - 1] = -1;
            short[] inverse = Garbage();
            NtruInverse.InvertTimes3Scalar(ternary, inverse);
            int[] one = ReferenceSntrup761.Multiply([.. Numbers(ternary).Select(x => 3 * x)], Numbers(inverse), Q);
            Assert.Equal([1, .. new int[P - 1]], one);
            if (!Avx2.IsSupported) continue;
            short[] byVectors = Garbage();
            NtruInverse.InvertTimes3Vector(ternary, byVectors);
            Assert.Equal(inverse, byVectors);
        }
    }

    [Fact]
    public void Inverses_modulo_3_are_those_of_the_reference()
    {
        for (int i = 0; i < 10; i++)
        {
            short[] ternary = i switch
            {
                0 => Polynomial(() => 1),
                1 => Ring(1),
                2 => Ring(0, -1),
                _ => Polynomial(Ternary),
            };
            short[] inverse = Garbage();
            Assert.True(NtruInverse3.TryInvert(ternary, inverse));
            Assert.Equal(ReferenceSntrup761.Invert(Numbers(ternary), 3)!, Numbers(inverse));
        }
    }

    [Fact]
    public void Multiples_of_a_divisor_of_the_ring_polynomial_have_no_inverse_modulo_3()
    {
        // The divisor of least degree.
        short[] divisor = Ring(1, 1, 0, 1, 1, 1, -1, 1, -1, 1, 0, 1, -1, -1, -1, -1, 1, 0, -1, -1);
        int[] multiple = ReferenceSntrup761.Multiply(Numbers(divisor), Numbers(Polynomial(Ternary)), 3);
        Assert.Null(ReferenceSntrup761.Invert(multiple, 3));
        short[] inverse = Garbage();
        Assert.False(NtruInverse3.TryInvert(divisor, inverse));
        Assert.False(NtruInverse3.TryInvert(Ring([.. multiple.Select(x => (short)x)]), inverse));
        Assert.False(NtruInverse3.TryInvert(Ring(0), inverse));
    }

    [Fact]
    public void The_sorting_network_sorts()
    {
        for (int i = 0; i < 200; i++)
        {
            uint[] keys = new uint[NtruSampling.SortSize];
            for (int j = 0; j < keys.Length; j++)
                keys[j] = i % 4 == 0 ? (uint)_random.Next(3) : (uint)_random.NextInt64(1L << 32);
            if (i % 4 == 1) Array.Sort(keys, (a, b) => b.CompareTo(a));
            uint[] expected = (uint[])keys.Clone();
            Array.Sort(expected);
            NtruSampling.Sort(keys);
            Assert.Equal(expected, keys);
        }
    }

    [Fact]
    public void Short_polynomials_have_their_weight_and_no_favourite_places()
    {
        short[] polynomial = Garbage();
        int[] used = new int[P];
        int sum = 0;
        for (int i = 0; i < 1000; i++)
        {
            NtruSampling.Short(polynomial);
            Assert.DoesNotContain(polynomial, x => x is < -1 or > 1);
            Assert.Equal(NtruField.W, polynomial.Count(x => x != 0));
            Assert.DoesNotContain(polynomial[P..], x => x != 0);
            for (int j = 0; j < P; j++)
                used[j] += polynomial[j] & 1;
            sum += polynomial.Sum(x => x);
        }
        // 1000 · 286/761 = 376, standard deviation 15; the sum of 286,000 signs: 535.
        Assert.All(used, count => Assert.InRange(count, 376 - (8 * 15), 376 + (8 * 15)));
        Assert.InRange(sum, -8 * 535, 8 * 535);
    }

    [Fact]
    public void Ternary_polynomials_have_each_coefficient_equally_often()
    {
        short[] polynomial = Garbage();
        int[] counts = new int[3];
        for (int i = 0; i < 1000; i++)
        {
            NtruSampling.Ternary(polynomial);
            for (int j = 0; j < P; j++)
                counts[polynomial[j] + 1]++;
        }
        // 761,000 / 3 = 253,667, standard deviation 411
        Assert.All(counts, count => Assert.InRange(count, 253_667 - (8 * 411), 253_667 + (8 * 411)));
    }

    private static int[] Numbers(short[] polynomial) => [.. polynomial.Take(P).Select(x => (int)x)];

    private static short[] Ring(params short[] coefficients) => [.. coefficients, .. new short[NtruField.Padded - coefficients.Length]];

    private int Ternary() => _random.Next(-1, 2);

    // What a buffer holds before must not matter.
    private short[] Garbage()
    {
        short[] buffer = new short[NtruField.Padded];
        Array.Fill(buffer, (short)_random.Next(1, 1000));
        return buffer;
    }

    private static short[] Polynomial(Func<int> coefficient)
    {
        short[] polynomial = new short[NtruField.Padded];
        for (int i = 0; i < P; i++)
            polynomial[i] = (short)coefficient();
        return polynomial;
    }
}
