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
        Assert.Equal(KexCatalog.ServerDefaults.Concat(KexCatalog.ServerOptional).Order(StringComparer.Ordinal), KnownAlgorithms.Of("kex").Order(StringComparer.Ordinal));
        Assert.Equal(CipherCatalog.DefaultCiphers.Order(StringComparer.Ordinal), KnownAlgorithms.Of("ciphers").Order(StringComparer.Ordinal));
        Assert.Equal(CipherCatalog.ClientMacs.Order(StringComparer.Ordinal), KnownAlgorithms.Of("macs").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Certificates_are_known_under_their_own_names()
    {
        Assert.Contains("ssh-ed25519-cert-v01@openssh.com", KnownAlgorithms.Of("host_keys"));
        Assert.Contains("sk-ssh-ed25519-cert-v01@openssh.com", KnownAlgorithms.Of("user_keys"));
        Assert.DoesNotContain("sk-ssh-ed25519@openssh.com", KnownAlgorithms.Of("host_keys"));
    }
}
