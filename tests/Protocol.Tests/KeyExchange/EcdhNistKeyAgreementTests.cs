using System.Security.Cryptography;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class EcdhNistKeyAgreementTests
{
    [Theory]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(521)]
    public void Both_sides_agree(int bits)
    {
        for (int i = 0; i < 20; i++)
        {
            using var client = new EcdhNistKeyAgreement(Curve(bits));
            using var server = new EcdhNistKeyAgreement(Curve(bits));
            byte[] clientShare = client.CreateClientShare();
            (byte[] serverShare, byte[] secret) = server.Respond(clientShare);
            Assert.Equal(Curve(bits).PointSize, clientShare.Length);
            Assert.Equal(Curve(bits).PointSize, serverShare.Length);
            Assert.NotEqual(clientShare, serverShare);
            Assert.Equal(secret, client.DeriveSecret(serverShare));
        }
    }

    [Theory]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(521)]
    public void The_secret_is_the_x_coordinate_as_the_framework_computes_it(int bits)
    {
        int size = Curve(bits).FieldSize;
        using ECDiffieHellman peer = ECDiffieHellman.Create(Named(bits));
        ECParameters parameters = peer.ExportParameters(includePrivateParameters: false);
        using var server = new EcdhNistKeyAgreement(Curve(bits));
        (byte[] share, byte[] secret) = server.Respond([4, .. parameters.Q.X!, .. parameters.Q.Y!]);
        using ECDiffieHellman own = ECDiffieHellman.Create(new ECParameters
        {
            Curve = Named(bits),
            Q = new ECPoint { X = share[1..(1 + size)], Y = share[(1 + size)..] },
        });
        Assert.Equal(Mpint.FromUnsigned(peer.DeriveRawSecretAgreement(own.PublicKey)), secret);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(521)]
    public void Shares_that_are_no_uncompressed_point_of_the_curve_are_refused(int bits)
    {
        using var other = new EcdhNistKeyAgreement(Curve(bits));
        byte[] good = other.CreateClientShare();
        int size = Curve(bits).FieldSize;
        byte[] offCurve = [.. good], compressed = [(byte)(2 + (good[^1] & 1)), .. good[1..(1 + size)]], hybrid = [.. good];
        offCurve[^1] ^= 1;
        hybrid[0] = (byte)(6 + (good[^1] & 1));
        byte[] aboveField = [.. good];
        aboveField.AsSpan(1, size).Fill(0xff);
        byte[][] bad =
        [
            [], [0], [4], offCurve, compressed, hybrid, aboveField, good[..^1], [.. good, 0], good[1..], new byte[good.Length],
            [4, .. new byte[good.Length - 1]],
        ];
        foreach (byte[] share in bad)
        {
            using var server = new EcdhNistKeyAgreement(Curve(bits));
            using var client = new EcdhNistKeyAgreement(Curve(bits));
            client.CreateClientShare();
            Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => server.Respond(share)).Reason);
            Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => client.DeriveSecret(share)).Reason);
        }
    }

    [Fact]
    public void A_point_of_another_curve_is_refused()
    {
        using var client = new EcdhNistKeyAgreement(EcdsaCurve.P384);
        using var server = new EcdhNistKeyAgreement(EcdsaCurve.P256);
        byte[] share = client.CreateClientShare();
        Assert.Throws<SshProtocolException>(() => server.Respond(share));
    }

    private static EcdsaCurve Curve(int bits) => bits switch
    {
        256 => EcdsaCurve.P256,
        384 => EcdsaCurve.P384,
        _ => EcdsaCurve.P521,
    };

    private static ECCurve Named(int bits) => bits switch
    {
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };
}
