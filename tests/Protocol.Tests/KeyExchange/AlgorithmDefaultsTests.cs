using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Keys;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public sealed class AlgorithmDefaultsTests
{
    private static readonly AlgorithmPreferences[] TowardsClients = [AlgorithmDefaults.Server, AlgorithmDefaults.ServerKnown];
    private static readonly AlgorithmPreferences[] TowardsDestinations = [AlgorithmDefaults.Client, AlgorithmDefaults.LegacyClient];

    [Fact]
    public void Every_name_that_is_offered_exists()
    {
        foreach (AlgorithmPreferences offer in TowardsClients.Concat(TowardsDestinations))
        {
            Assert.All(offer.KeyExchanges, name => Assert.True(KexCatalog.IsMethod(name), name));
            Assert.All(offer.Ciphers, name => Assert.True(CipherCatalog.TryGetCipher(name, out _), name));
            Assert.All(offer.Macs, name => Assert.True(CipherCatalog.TryGetMac(name, out _), name));
            Assert.Equal(offer.HostKeys.Count, offer.HostKeys.Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void Nothing_weak_can_be_offered_to_a_client_or_to_a_destination_that_is_not_legacy()
    {
        foreach (AlgorithmPreferences offer in TowardsClients.Append(AlgorithmDefaults.Client))
        {
            string[] names = [.. offer.KeyExchanges, .. offer.HostKeys, .. offer.Ciphers, .. offer.Macs];
            Assert.DoesNotContain(names, name => name.EndsWith("-sha1", StringComparison.Ordinal) || name.EndsWith("-cbc", StringComparison.Ordinal) || name.Contains("md5", StringComparison.Ordinal));
            Assert.DoesNotContain(KeyTypes.Rsa, names);
        }

        Assert.DoesNotContain(KeyTypes.Rsa, AlgorithmDefaults.UserKeys);
        Assert.DoesNotContain(KeyTypes.CertificateName(KeyTypes.Rsa), AlgorithmDefaults.UserKeys);
    }

    [Fact]
    public void Legacy_names_stand_behind_all_others()
    {
        (AlgorithmPreferences now, AlgorithmPreferences legacy) = (AlgorithmDefaults.Client, AlgorithmDefaults.LegacyClient);
        Assert.Equal([.. now.KeyExchanges, "diffie-hellman-group14-sha1"], legacy.KeyExchanges);
        Assert.Equal([.. now.HostKeys, "ssh-rsa"], legacy.HostKeys);
        Assert.Equal([.. now.Ciphers, "aes256-cbc", "aes192-cbc", "aes128-cbc"], legacy.Ciphers);
        Assert.Equal([.. now.Macs, "hmac-sha1"], legacy.Macs);
    }

    [Theory]
    [InlineData("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("rsa-sha2-512", "rsa-sha2-512-cert-v01@openssh.com")]
    [InlineData("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com")]
    [InlineData("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com")]
    public void Users_may_sign_with_keys_and_with_certificates(string plain, string certificate)
    {
        Assert.Contains(plain, AlgorithmDefaults.UserKeys);
        Assert.Contains(certificate, AlgorithmDefaults.UserKeys);
    }
}
