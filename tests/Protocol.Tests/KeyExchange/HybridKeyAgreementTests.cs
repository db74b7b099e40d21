using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;
using SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public sealed class HybridKeyAgreementTests
{
    public static TheoryData<string> Methods => ["mlkem768x25519-sha256", "sntrup761x25519-sha512"];

    [Theory]
    [InlineData("mlkem768x25519-sha256", 1184 + 32, 1088 + 32, 32)]
    [InlineData("sntrup761x25519-sha512", 1158 + 32, 1039 + 32, 64)]
    public void Shares_and_secret_have_the_sizes_of_the_method(string method, int clientShareSize, int serverShareSize, int secretSize)
    {
        using KeyAgreement client = Create(method), server = Create(method);
        byte[] clientShare = client.CreateClientShare();
        (byte[] serverShare, byte[] secret) = server.Respond(clientShare);
        Assert.Equal(clientShareSize, clientShare.Length);
        Assert.Equal(serverShareSize, serverShare.Length);
        Assert.Equal(secretSize, secret.Length);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Both_roles_derive_the_same_secret_and_each_run_another(string method)
    {
        HashSet<string> secrets = [];
        for (int i = 0; i < 100; i++)
        {
            using KeyAgreement client = Create(method), server = Create(method);
            (byte[] serverShare, byte[] secret) = server.Respond(client.CreateClientShare());
            Assert.Equal(secret, client.DeriveSecret(serverShare));
            Assert.True(secrets.Add(Convert.ToHexString(secret)));
        }
    }

    [Fact]
    public void The_secret_of_mlkem768x25519_is_the_sha256_of_both_secrets()
    {
        using MlKem768X25519KeyAgreement client = new();
        byte[] share = client.CreateClientShare();
        byte[] ciphertext = new byte[1088];
        byte[] secret = new byte[32];
        Assert.True(MlKem768.TryEncapsulate(share.AsSpan(0, 1184), ciphertext, secret));
        (byte[] own, byte[] classical) = AnswerClassical(share.AsSpan(1184));
        Assert.Equal(SHA256.HashData([.. secret, .. classical]), client.DeriveSecret([.. ciphertext, .. own]));
    }

    [Fact]
    public void The_secret_of_sntrup761x25519_is_the_sha512_of_both_secrets()
    {
        using Sntrup761X25519KeyAgreement client = new();
        byte[] share = client.CreateClientShare();
        byte[] ciphertext = new byte[1039];
        byte[] secret = new byte[32];
        Sntrup761.Encapsulate(share.AsSpan(0, 1158), ciphertext, secret);
        (byte[] own, byte[] classical) = AnswerClassical(share.AsSpan(1158));
        Assert.Equal(SHA512.HashData([.. secret, .. classical]), client.DeriveSecret([.. ciphertext, .. own]));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_share_cut_anywhere_or_too_long_is_refused(string method)
    {
        using KeyAgreement client = Create(method), server = Create(method);
        byte[] clientShare = client.CreateClientShare();
        byte[] serverShare = server.Respond(clientShare).ServerShare;
        for (int length = 0; length < clientShare.Length; length++)
            AssertRefused(() => server.Respond(clientShare.AsSpan(0, length)));
        for (int length = 0; length < serverShare.Length; length++)
            AssertRefused(() => client.DeriveSecret(serverShare.AsSpan(0, length)));
        AssertRefused(() => server.Respond([.. clientShare, 0]));
        AssertRefused(() => client.DeriveSecret([.. serverShare, 0]));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_curve_value_of_low_order_is_refused(string method)
    {
        using KeyAgreement client = Create(method), server = Create(method);
        byte[] clientShare = client.CreateClientShare();
        byte[] serverShare = server.Respond(clientShare).ServerShare;
        foreach (byte first in (byte[])[0, 1])
        {
            AssertRefused(() => server.Respond(WithCurveValue(clientShare, first)));
            AssertRefused(() => client.DeriveSecret(WithCurveValue(serverShare, first)));
        }
    }

    [Fact]
    public void An_ML_KEM_key_with_a_coefficient_that_is_not_below_q_is_refused()
    {
        using MlKem768X25519KeyAgreement client = new(), server = new();
        byte[] share = client.CreateClientShare();
        share[300] = 0xff;
        share[301] |= 0x0f;
        AssertRefused(() => server.Respond(share));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_flipped_bit_on_the_way_makes_the_secrets_differ(string method)
    {
        using KeyAgreement client = Create(method), server = Create(method);
        (byte[] serverShare, byte[] secret) = server.Respond(client.CreateClientShare());
        for (int i = 0; i < serverShare.Length; i += 13)
        {
            serverShare[i] ^= 1;
            Assert.NotEqual(secret, client.DeriveSecret(serverShare));
            serverShare[i] ^= 1;
        }
        Assert.Equal(secret, client.DeriveSecret(serverShare));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Deriving_before_the_share_was_made_is_a_mistake_of_the_caller(string method)
    {
        using KeyAgreement client = Create(method), other = Create(method), server = Create(method);
        byte[] serverShare = server.Respond(other.CreateClientShare()).ServerShare;
        Assert.Throws<InvalidOperationException>(() => client.DeriveSecret(serverShare));
    }

    [Fact]
    public async Task Preparing_fills_the_pool_from_which_clients_take()
    {
        await HybridKeyExchange.PrepareAsync();
        Assert.True(SpinWait.SpinUntil(() => Sntrup761X25519KeyAgreement.KeyPairs.Count > 8, TimeSpan.FromSeconds(30)));
        using KeyAgreement client = Create("sntrup761x25519-sha512"), server = Create("sntrup761x25519-sha512");
        (byte[] serverShare, byte[] secret) = server.Respond(client.CreateClientShare());
        Assert.Equal(secret, client.DeriveSecret(serverShare));
    }

    private static KeyAgreement Create(string method) =>
        method.StartsWith("mlkem", StringComparison.Ordinal) ? new MlKem768X25519KeyAgreement() : new Sntrup761X25519KeyAgreement();

    private static (byte[] Share, byte[] Secret) AnswerClassical(ReadOnlySpan<byte> peer)
    {
        using X25519 own = X25519.Generate();
        byte[] secret = new byte[32];
        own.DeriveSecret(peer, secret);
        return (own.PublicKey, secret);
    }

    private static byte[] WithCurveValue(byte[] share, byte first)
    {
        byte[] changed = (byte[])share.Clone();
        changed.AsSpan(share.Length - 32).Clear();
        changed[share.Length - 32] = first;
        return changed;
    }

    private static void AssertRefused(Action action) =>
        Assert.Equal(DisconnectReason.KeyExchangeFailed, Assert.Throws<SshProtocolException>(action).Reason);
}
