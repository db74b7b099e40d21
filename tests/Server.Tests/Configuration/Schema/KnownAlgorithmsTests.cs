using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Server.Configuration.Schema;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.Schema;

public sealed class KnownAlgorithmsTests
{
    [Fact]
    public void Names_are_those_the_protocol_can_offer_to_clients()
    {
        Assert.Equal([.. KexCatalog.ServerDefaults, .. KexCatalog.ServerOptional], KnownAlgorithms.Of("kex"));
        Assert.Equal(CipherCatalog.DefaultCiphers, KnownAlgorithms.Of("ciphers"));
        Assert.Equal(CipherCatalog.ClientMacs, KnownAlgorithms.Of("macs"));
    }

    [Fact]
    public void Certificates_are_known_under_their_own_names()
    {
        Assert.Contains("ssh-ed25519-cert-v01@openssh.com", KnownAlgorithms.Of("host_keys"));
        Assert.Contains("sk-ssh-ed25519-cert-v01@openssh.com", KnownAlgorithms.Of("user_keys"));
        Assert.DoesNotContain("sk-ssh-ed25519@openssh.com", KnownAlgorithms.Of("host_keys"));
    }

    [Theory]
    [InlineData("kex", "diffie-hellman-group1-sha1")]
    [InlineData("kex", "diffie-hellman-group14-sha1")]
    [InlineData("ciphers", "aes128-cbc")]
    [InlineData("macs", "hmac-sha1")]
    [InlineData("host_keys", "ssh-rsa")]
    [InlineData("user_keys", "ssh-dss")]
    public void What_must_never_be_offered_to_clients_is_refused_with_a_list_of_the_others(string kind, string name)
    {
        string problem = Assert.IsType<string>(KnownAlgorithms.Problem(kind, name));
        Assert.StartsWith($"'{name}' is none of the algorithms of '{kind}'", problem, StringComparison.Ordinal);
        Assert.EndsWith("nown are: " + string.Join(", ", KnownAlgorithms.Of(kind)), problem, StringComparison.Ordinal);
    }
}
