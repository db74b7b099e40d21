using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Protocol.Keys;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class LookupTokensTests
{
    private static readonly SystemUser Alice = new("alice", 1000, 1000, "/home/alice", "/bin/sh") { Groups = [] };

    private static readonly LoginContext Login = new()
    {
        Auth = new AuthConfiguration(),
        KeyFiles = new KeyFileCache(),
        SessionId = "0123456789",
        Source = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711),
        Local = new IPEndPoint(IPAddress.Parse("2001:db8::1"), 22),
        Logger = NullLogger.Instance,
    };

    [Fact]
    public void A_key_has_a_type_a_blob_and_a_fingerprint()
    {
        PublicKey key = UserKeyFixture.Key.PublicKey;
        var tokens = new LookupTokens(Login, "alice", Alice, key);
        Assert.Equal(
            $"alice 1000 /home/alice ssh-ed25519 {Convert.ToBase64String(key.Blob.Span)} {key.Fingerprint} [192.0.2.7 4711 2001:db8::1 22] 100% <>",
            tokens.Expand("%u %U %h %t %k %f [%C] 100%% <%D%s%i%F>"));
    }

    [Fact]
    public async Task A_certificate_has_those_of_its_authority_and_what_it_says()
    {
        Certificate certificate = await UserKeyFixture.CertifyAsync();
        var tokens = new LookupTokens(Login, "alice", Alice, certificate);
        PublicKey authority = UserKeyFixture.Authority.PublicKey;
        Assert.Equal(
            $"{certificate.KeyType} {UserKeyFixture.Key.PublicKey.Fingerprint} ssh-ed25519 {authority.Fingerprint} {Convert.ToBase64String(authority.Blob.Span)} alice@example 5",
            tokens.Expand("%t %f %T %F %K %i %s"));
    }

    [Fact]
    public void A_value_is_not_expanded_again_and_users_without_an_account_have_no_home()
    {
        var tokens = new LookupTokens(Login, "%k%u;$(id)", null, UserKeyFixture.Key.PublicKey);
        Assert.Equal("%k%u;$(id)||", tokens.Expand("%u|%h|%U"));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("%u%%%k", null)]
    [InlineData("%%x", null)]
    [InlineData("%x", "%x")]
    [InlineData("%u%", "%")]
    public void Tokens_that_are_none_are_found(string text, string? unknown) => Assert.Equal(unknown, LookupTokens.UnknownToken(text, "%uk"));
}
