using System.Security.Cryptography;

namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// sntrup761 written for clarity alone: schoolbook products, extended Euclid, encodings as recursive functions of lists, remainders
/// by division. Slow, and its time depends on everything.
/// </summary>
internal static class ReferenceSntrup761
{
    public const int P = 761;
    public const int Q = 4591;
    public const int W = 286;

    public static byte[] Decapsulate(byte[] secretKey, byte[] ciphertext)
    {
        int[] f = DecodeTernary(secretKey[..191]);
        int[] inverseG = DecodeTernary(secretKey[191..382]);
        byte[] publicKey = secretKey[382..1540];
        byte[] rejection = secretKey[1540..1731];

        int[] c = [.. Decode(ciphertext[..1007], Enumerable.Repeat(1531, P).ToArray()).Select(n => (3 * n) - 2295)];
        int[] threeFc = [.. Multiply(f, c, Q).Select(x => Centered(3 * x, Q))];
        int[] r = Multiply([.. threeFc.Select(x => Centered(x, 3))], inverseG, 3);
        if (r.Count(x => x != 0) != W) r = [.. Enumerable.Range(0, P).Select(i => i < W ? 1 : 0)];
        byte[] encoded = EncodeTernary(r);
        bool accepted = Hide(r, publicKey).SequenceEqual(ciphertext);
        return accepted
            ? Hash(1, [.. Hash(3, encoded), .. ciphertext])
            : Hash(0, [.. Hash(3, rejection), .. ciphertext]);
    }

    public static byte[] Hide(int[] r, byte[] publicKey)
    {
        int[] h = [.. Decode(publicKey, Enumerable.Repeat(Q, P).ToArray()).Select(n => n - 2295)];
        int[] rounded = [.. Multiply(h, r, Q).Select(x => ((x - Centered(x, 3)) + 2295) / 3)];
        byte[] confirmation = Hash(2, [.. Hash(3, EncodeTernary(r)), .. Hash(4, publicKey)]);
        return [.. Encode(rounded, Enumerable.Repeat(1531, P).ToArray()), .. confirmation];
    }

    public static byte[] PublicKey(int[] f, int[] g)
    {
        int[] inverse = Invert([.. f.Select(x => 3 * x)], Q)!;
        return Encode([.. Multiply(inverse, g, Q).Select(x => x + 2295)], Enumerable.Repeat(Q, P).ToArray());
    }

    /// <summary>Modulo x^761 − x − 1 and the modulus, centred.</summary>
    public static int[] Multiply(int[] a, int[] b, int modulus)
    {
        long[] product = new long[(2 * P) - 1];
        for (int i = 0; i < P; i++)
        {
            for (int j = 0; j < P; j++)
                product[i + j] += (long)a[i] * b[j];
        }
        for (int i = product.Length - 1; i >= P; i--)
        {
            product[i - P] += product[i];
            product[i - P + 1] += product[i];
        }
        return [.. product.Take(P).Select(x => Centered(x, modulus))];
    }

    /// <summary>By extended Euclid; null when there is a common divisor.</summary>
    public static int[]? Invert(int[] a, int modulus)
    {
        int[] old = new int[P + 1];
        (old[0], old[1], old[P]) = (-1, -1, 1);
        (int[] r0, int[] r1) = (old, [.. a, 0]);
        (int[] t0, int[] t1) = (new int[P + 1], new int[P + 1]);
        t1[0] = 1;
        while (Degree(r1) > 0)
        {
            int scale = InvertNumber(r1[Degree(r1)], modulus);
            while (Degree(r0) >= Degree(r1))
            {
                int shift = Degree(r0) - Degree(r1);
                int factor = Centered((long)r0[Degree(r0)] * scale, modulus);
                SubtractShifted(r0, r1, factor, shift, modulus);
                SubtractShifted(t0, t1, factor, shift, modulus);
            }
            (r0, r1) = (r1, r0);
            (t0, t1) = (t1, t0);
        }
        if (Degree(r1) < 0) return null;
        int last = InvertNumber(r1[0], modulus);
        return [.. t1.Take(P).Select(x => Centered((long)x * last, modulus))];
    }

    public static byte[] Encode(int[] numbers, int[] moduli)
    {
        List<byte> bytes = [];
        if (numbers.Length == 1)
        {
            (int number, int modulus) = (numbers[0], moduli[0]);
            for (; modulus > 1; modulus = (modulus + 255) / 256, number /= 256)
                bytes.Add((byte)(number % 256));
            return [.. bytes];
        }
        List<int> joined = [];
        List<int> joinedModuli = [];
        for (int i = 0; i + 1 < numbers.Length; i += 2)
        {
            int number = numbers[i] + (moduli[i] * numbers[i + 1]);
            int modulus = moduli[i] * moduli[i + 1];
            for (; modulus >= 16384; modulus = (modulus + 255) / 256, number /= 256)
                bytes.Add((byte)(number % 256));
            joined.Add(number);
            joinedModuli.Add(modulus);
        }
        if (numbers.Length % 2 != 0)
        {
            joined.Add(numbers[^1]);
            joinedModuli.Add(moduli[^1]);
        }
        return [.. bytes, .. Encode([.. joined], [.. joinedModuli])];
    }

    public static int[] Decode(byte[] bytes, int[] moduli)
    {
        if (moduli.Length == 1)
        {
            int number = 0;
            for (int i = bytes.Length - 1; i >= 0; i--)
                number = (256 * number) + bytes[i];
            return [number % moduli[0]];
        }
        List<(int Number, int Scale)> bottoms = [];
        List<int> joinedModuli = [];
        int read = 0;
        for (int i = 0; i + 1 < moduli.Length; i += 2)
        {
            (int number, int scale) = (0, 1);
            int modulus = moduli[i] * moduli[i + 1];
            for (; modulus >= 16384; modulus = (modulus + 255) / 256, scale *= 256)
                number += bytes[read++] * scale;
            bottoms.Add((number, scale));
            joinedModuli.Add(modulus);
        }
        if (moduli.Length % 2 != 0) joinedModuli.Add(moduli[^1]);
        int[] tops = Decode(bytes[read..], [.. joinedModuli]);
        List<int> numbers = [];
        for (int i = 0; i < bottoms.Count; i++)
        {
            int joined = bottoms[i].Number + (bottoms[i].Scale * tops[i]);
            numbers.Add(joined % moduli[2 * i]);
            numbers.Add(joined / moduli[2 * i] % moduli[(2 * i) + 1]);
        }
        if (moduli.Length % 2 != 0) numbers.Add(tops[^1]);
        return [.. numbers];
    }

    public static int[] DecodeTernary(byte[] bytes) => [.. Enumerable.Range(0, P).Select(i => ((bytes[i / 4] >> (2 * (i % 4))) & 3) - 1)];

    public static byte[] EncodeTernary(int[] polynomial)
    {
        byte[] bytes = new byte[191];
        for (int i = 0; i < P; i++)
            bytes[i / 4] += (byte)((polynomial[i] + 1) << (2 * (i % 4)));
        return bytes;
    }

    public static int Centered(long value, int modulus)
    {
        long rest = ((value % modulus) + modulus) % modulus;
        return (int)(rest > modulus / 2 ? rest - modulus : rest);
    }

    private static byte[] Hash(byte prefix, byte[] message) => SHA512.HashData([prefix, .. message])[..32];

    private static int Degree(int[] polynomial) => Array.FindLastIndex(polynomial, x => x != 0);

    private static void SubtractShifted(int[] target, int[] source, int factor, int shift, int modulus)
    {
        for (int i = Degree(source); i >= 0; i--)
            target[i + shift] = Centered(target[i + shift] - ((long)factor * source[i]), modulus);
    }

    private static int InvertNumber(int value, int modulus) =>
        Enumerable.Range(1, modulus - 1).First(x => Centered((long)x * value, modulus) == 1);
}
