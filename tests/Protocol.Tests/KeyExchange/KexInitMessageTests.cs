using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class KexInitMessageTests
{
    [Fact]
    public void What_is_created_can_be_parsed()
    {
        var message = KexInitMessage.Create(AlgorithmDefaults.Server, [KexInitMessage.StrictServer]);
        var parsed = KexInitMessage.Parse(message.Payload);
        Assert.Equal([.. AlgorithmDefaults.Server.KeyExchanges, KexInitMessage.StrictServer], parsed.KeyExchanges);
        Assert.Equal(AlgorithmDefaults.Server.HostKeys, parsed.HostKeys);
        Assert.Equal(AlgorithmDefaults.Server.Ciphers, parsed.CiphersClientToServer);
        Assert.False(parsed.FirstKexPacketFollows);
        Assert.NotEqual(message.Payload[1..17], KexInitMessage.Create(AlgorithmDefaults.Server, []).Payload[1..17]);
    }

    [Fact]
    public void Cut_at_any_byte_or_with_one_too_many_it_is_refused()
    {
        byte[] payload = KexInitMessage.Create(AlgorithmDefaults.Client, [KexInitMessage.StrictClient]).Payload;
        for (int length = 1; length < payload.Length; length++)
            Assert.Throws<SshProtocolException>(() => KexInitMessage.Parse(payload[..length]));
        Assert.Throws<SshProtocolException>(() => KexInitMessage.Parse([.. payload, 0]));
    }

    [Fact]
    public void Any_changed_byte_is_parsed_or_refused()
    {
        byte[] payload = KexInitMessage.Create(AlgorithmDefaults.Client, []).Payload;
        var random = new Random(1);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] changed = [.. payload];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                KexInitMessage.Parse(changed);
            }
            catch (SshProtocolException)
            {
                // Refused.
            }
        }
    }

    [Theory]
    [InlineData("a,b", "b,a", "a")]
    [InlineData("x,b,a", "a,b", "b")]
    public void The_clients_order_decides(string client, string server, string expected)
    {
        AlgorithmPreferences Offer(string ciphers) => AlgorithmDefaults.Server with { Ciphers = [.. ciphers.Split(',')] };
        NegotiatedAlgorithms result = KexInitMessage.Negotiate(
            KexInitMessage.Create(Offer(client), []), KexInitMessage.Create(Offer(server), []), isServer: true, isStrict: false);
        Assert.Equal((expected, expected), (result.CipherIn, result.CipherOut));
    }

    [Theory]
    [InlineData("curve25519-sha256", "ssh-ed25519", true)]
    [InlineData("ecdh-sha2-nistp256", "ssh-ed25519", false)]
    [InlineData("curve25519-sha256", "rsa-sha2-512", false)]
    public void A_guess_is_right_when_the_first_names_are_the_same(string kex, string hostKey, bool right)
    {
        AlgorithmPreferences server = AlgorithmDefaults.Server with { KeyExchanges = ["curve25519-sha256"], HostKeys = ["ssh-ed25519"] };
        Assert.Equal(right, KexInitMessage.GuessWasRight(
            KexInitMessage.Create(server with { KeyExchanges = [kex], HostKeys = [hostKey] }, []), KexInitMessage.Create(server, [])));
    }

    [Fact]
    public void A_pseudo_method_is_never_negotiated()
    {
        AlgorithmPreferences offer = AlgorithmDefaults.Server with { KeyExchanges = [] };
        KexInitMessage client = KexInitMessage.Create(offer, ["ext-info-c"]), server = KexInitMessage.Create(offer, ["ext-info-c"]);
        Assert.Throws<SshProtocolException>(() => KexInitMessage.Negotiate(client, server, isServer: true, isStrict: false));
    }
}
