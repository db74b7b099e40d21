using SshGateway.Protocol.KeyExchange;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Algorithms;

public sealed class OfferedAlgorithmsTests
{
    [Fact]
    public void Without_a_word_in_the_configuration_the_defaults_are_offered()
    {
        OfferedAlgorithms offered = OfferedAlgorithms.For(new AlgorithmConfiguration());
        Assert.Equal(AlgorithmDefaults.Server.KeyExchanges, offered.ClientLeg.KeyExchanges);
        Assert.Equal(AlgorithmDefaults.Server.Macs, offered.ClientLeg.Macs);
        Assert.Equal(AlgorithmDefaults.UserKeys, offered.UserKeys);
        Assert.Equal(["none"], offered.ClientLeg.Compressions);
    }

    [Fact]
    public void Lists_change_the_side_towards_clients()
    {
        OfferedAlgorithms offered = OfferedAlgorithms.For(new AlgorithmConfiguration
        {
            Kex = "+ecdh-sha2-nistp256",
            Ciphers = "-*-ctr,chacha*",
            Macs = "^hmac-sha2-512",
            HostKeys = "rsa-sha2-*",
            UserKeys = "-ecdsa-*,*-cert-*",
            Compression = true,
        });
        Assert.Equal("ecdh-sha2-nistp256", offered.ClientLeg.KeyExchanges[^1]);
        Assert.Equal(["aes256-gcm@openssh.com", "aes128-gcm@openssh.com"], offered.ClientLeg.Ciphers);
        Assert.Equal(["hmac-sha2-512", .. AlgorithmDefaults.Server.Macs], offered.ClientLeg.Macs);
        Assert.Equal(["rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "rsa-sha2-512", "rsa-sha2-256"], offered.ClientLeg.HostKeys);
        Assert.Equal(["ssh-ed25519", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"], offered.UserKeys);
        Assert.Equal(["none", "zlib@openssh.com"], offered.ClientLeg.Compressions);
    }

    [Fact]
    public void Only_what_the_legacy_profile_adds_is_named_as_legacy()
    {
        var negotiated = new NegotiatedAlgorithms("curve25519-sha256", "ssh-rsa", "aes128-cbc", "aes128-cbc", "hmac-sha1", "hmac-sha2-256", "none", "none", IsStrict: false);
        Assert.Equal(["ssh-rsa", "aes128-cbc", "hmac-sha1"], OfferedAlgorithms.LegacyIn(negotiated));
        Assert.Empty(OfferedAlgorithms.LegacyIn(negotiated with { HostKey = "ssh-ed25519", CipherIn = "aes128-gcm@openssh.com", CipherOut = "aes128-ctr", MacIn = "" }));
    }
}
