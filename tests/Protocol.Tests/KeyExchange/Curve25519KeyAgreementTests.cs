using System.Security.Cryptography;
using System.Text.Json;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class Curve25519KeyAgreementTests
{
    [Fact]
    public void Both_sides_agree()
    {
        for (int i = 0; i < 50; i++)
        {
            using var client = new Curve25519KeyAgreement();
            using var server = new Curve25519KeyAgreement();
            (byte[] share, byte[] secret) = server.Respond(client.CreateClientShare());
            Assert.Equal(32, share.Length);
            Assert.Equal(secret, client.DeriveSecret(share));
            Assert.InRange(secret.Length, 20, 33);
            Assert.True(secret[0] < 0x80);
        }
    }

    [Fact]
    public void The_vector_of_rfc_7748_section_6_1_holds()
    {
        using var alice = new X25519(Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        using var bob = new X25519(Convert.FromHexString("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        byte[] secret = new byte[32];
        Assert.Equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Convert.ToHexStringLower(alice.PublicKey));
        alice.DeriveSecret(bob.PublicKey, secret);
        Assert.Equal("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", Convert.ToHexStringLower(secret));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_share_of_another_length_is_refused(int length)
    {
        byte[] share = new byte[length];
        share.AsSpan().Fill(9);
        AssertRefused(share);
    }

    // The points of order 1, 2, 4 and 8 of the curve and its twist, and their encodings above p.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_share_of_low_order_is_refused(string share) => AssertRefused(Convert.FromHexString(share));

    [ReferenceFact("wycheproof/x25519_test.json")]
    public void Wycheproof_vectors_hold()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(ReferenceFolder.Find("wycheproof/x25519_test.json")!));
        int count = 0;
        byte[] secret = new byte[32];
        foreach (JsonElement group in file.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                byte[] peer = Hex(test, "public"), shared = Hex(test, "shared");
                using var own = new X25519(Hex(test, "private"));
                if (shared.AsSpan().ContainsAnyExcept((byte)0))
                {
                    own.DeriveSecret(peer, secret);
                    Assert.Equal(shared, secret);
                }
                else
                {
                    Assert.Throws<CryptographicException>(() => own.DeriveSecret(peer, secret));
                }

                count++;
            }
        }

        Assert.True(count > 400, $"only {count} vectors were read");
    }

    private static byte[] Hex(JsonElement test, string name) => Convert.FromHexString(test.GetProperty(name).GetString()!);

    private static void AssertRefused(byte[] share)
    {
        using var server = new Curve25519KeyAgreement();
        using var client = new Curve25519KeyAgreement();
        client.CreateClientShare();
        Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => server.Respond(share)).Reason);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(() => client.DeriveSecret(share)).Reason);
    }
}
