using System.Numerics;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class FiniteFieldKeyAgreementTests
{
    [Theory]
    [InlineData(2048, 124_476)]
    [InlineData(3072, 1_690_314)]
    [InlineData(4096, 240_904)]
    [InlineData(6144, 929_484)]
    [InlineData(8192, 4_743_158)]
    public void The_primes_are_those_of_rfc_3526(int bits, int k)
    {
        // 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + k)
        BigInteger one = BigInteger.One;
        BigInteger expected = (one << bits) - (one << (bits - 64)) - 1 + (((PiTimesTwoTo(bits - 130)) + k) << 64);
        Assert.Equal(expected, Number(Group(bits).Prime));
        Assert.Equal([2], Group(bits).Generator.ToArray());
        Assert.Equal(bits, Group(bits).Bits);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(8192)]
    public void Both_sides_agree(int bits)
    {
        FiniteFieldGroup group = Group(bits);
        using var client = new FiniteFieldKeyAgreement(group);
        using var server = new FiniteFieldKeyAgreement(group);
        byte[] clientShare = client.CreateClientShare();
        (byte[] serverShare, byte[] secret) = server.Respond(clientShare);
        Assert.Equal(secret, client.DeriveSecret(serverShare));
        Assert.True(clientShare[0] < 0x80 && serverShare[0] < 0x80 && secret[0] < 0x80);
        Assert.InRange(secret.Length, (bits / 8) - 8, (bits / 8) + 1);
    }

    [Fact]
    public void A_modular_power_is_what_big_integers_say()
    {
        var random = new Random(7);
        byte[] x = new byte[64], y = new byte[200], p = [.. FiniteFieldGroup.Group14.Prime], result = new byte[256];
        for (int i = 0; i < 5; i++)
        {
            random.NextBytes(x);
            random.NextBytes(y);
            LibCrypto.ModularPower(y, x, p, result);
            Assert.Equal(BigInteger.ModPow(Number(y), Number(x), Number(p)), Number(result));
        }

        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => LibCrypto.ModularPower(y, x, [1, 0], result));
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => LibCrypto.ModularPower(y, x, [], result));
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    public void Values_outside_2_to_p_minus_2_and_encodings_that_are_not_minimal_are_refused(int bits)
    {
        FiniteFieldGroup group = Group(bits);
        BigInteger p = Number(group.Prime);
        byte[][] bad =
        [
            [], [0], [1], Contents(p - 1), Contents(p), Contents(p + 1), Contents(p + p), Contents(BigInteger.One << 9000),
            [0x80], [0xff], [.. group.Prime], [0, 2], [0, 0, 0x80], [0, .. Contents(p - 2)],
        ];
        foreach (byte[] share in bad)
        {
            using var server = new FiniteFieldKeyAgreement(group);
            using var client = new FiniteFieldKeyAgreement(group);
            client.CreateClientShare();
            Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => server.Respond(share)).Reason);
            Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => client.DeriveSecret(share)).Reason);
        }

        foreach (byte[] share in (byte[][])[[2], [0, 0x80], Contents(p - 2), Contents(p - 257)])
        {
            using var server = new FiniteFieldKeyAgreement(group);
            Assert.NotEmpty(server.Respond(share).Secret);
        }
    }

    [Fact]
    public void Groups_of_a_hostile_server_are_refused()
    {
        byte[] p = [.. FiniteFieldGroup.Group14.Prime];
        BigInteger number = Number(p);
        AssertRefused([], [2]);
        AssertRefused([0], [2]);
        AssertRefused([7], [2]);
        AssertRefused(p[1..], [2]);
        AssertRefused((number - 1).ToByteArray(isUnsigned: true, isBigEndian: true), [2]);
        AssertRefused([.. FiniteFieldGroup.Group18.Prime, 1], [2]);
        AssertRefused(p, []);
        AssertRefused(p, [0]);
        AssertRefused(p, [1]);
        AssertRefused(p, (number - 1).ToByteArray(isUnsigned: true, isBigEndian: true));
        AssertRefused(p, p);
        Assert.Equal(2048, new FiniteFieldGroup([0, .. p], [0, 5]).Bits);

        // A power of 3: a share that is a multiple of 3 makes every secret 0.
        BigInteger smooth = BigInteger.Pow(3, 1300);
        var weak = new FiniteFieldGroup(smooth.ToByteArray(isUnsigned: true, isBigEndian: true), [2]);
        using var client = new FiniteFieldKeyAgreement(weak);
        client.CreateClientShare();
        Assert.Throws<SshProtocolException>(() => client.DeriveSecret(Contents(BigInteger.Pow(3, 1299))));

        static void AssertRefused(byte[] prime, byte[] generator) => Assert.Equal(
            DisconnectReason.KeyExchangeFailed,
            Assert.Throws<SshProtocolException>(() => new FiniteFieldGroup(prime, generator)).Reason);
    }

    private static FiniteFieldGroup Group(int bits) => bits switch
    {
        2048 => FiniteFieldGroup.Group14,
        3072 => FiniteFieldGroup.Group15,
        4096 => FiniteFieldGroup.Group16,
        6144 => FiniteFieldGroup.Group17,
        _ => FiniteFieldGroup.Group18,
    };

    private static BigInteger Number(ReadOnlySpan<byte> magnitude) => new(magnitude, isUnsigned: true, isBigEndian: true);

    private static byte[] Contents(BigInteger number) => number.ToByteArray(isUnsigned: false, isBigEndian: true);

    /// <summary>[2^bits * pi] by Machin's formula, with 64 bits more while adding up.</summary>
    private static BigInteger PiTimesTwoTo(int bits)
    {
        BigInteger one = BigInteger.One << (bits + 64);
        return ((16 * Arctangent(5)) - (4 * Arctangent(239))) >> 64;

        BigInteger Arctangent(int x)
        {
            BigInteger power = one / x, sum = power;
            for (int n = 3; !power.IsZero; n += 2)
            {
                power = -power / (x * x);
                sum += power / n;
            }

            return sum;
        }
    }
}
