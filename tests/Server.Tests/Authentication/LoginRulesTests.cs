using System.Net;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Authentication;

public sealed class LoginRulesTests
{
    private static readonly IPAddress Source = IPAddress.Parse("192.0.2.7");
    private static readonly SystemUser Alice = new("alice", 1000, 1000, "/home/alice", "/bin/sh") { Groups = ["staff", "physics"] };
    private static readonly SystemUser Root = new("root", 0, 0, "/root", "/bin/sh") { Groups = ["root"] };

    private static string? Judge(AuthConfiguration auth, SystemUser user) => LoginRules.Refusal(auth, user.Name, user, Source);

    [Fact]
    public void Without_rules_everyone_may() => Assert.Null(Judge(new AuthConfiguration(), Alice));

    [Theory]
    [InlineData("alice", null)]
    [InlineData("a*", null)]
    [InlineData("bob", "allow_users")]
    [InlineData("alice@192.0.2.7", null)]
    [InlineData("alice@192.0.2.*", null)]
    [InlineData("alice@192.0.2.0/24", null)]
    [InlineData("alice@198.51.100.0/24", "allow_users")]
    [InlineData("bob@192.0.2.7", "allow_users")]
    public void Allowed_users_are_the_only_ones(string pattern, string? refusal) =>
        Assert.Equal(refusal, Judge(new AuthConfiguration { AllowUsers = [pattern] }, Alice));

    [Fact]
    public void A_denied_user_stays_out_even_if_he_is_allowed() =>
        Assert.Equal("deny_users", Judge(new AuthConfiguration { AllowUsers = ["alice"], DenyUsers = ["al*"] }, Alice));

    [Theory]
    [InlineData("physics", "", "deny_groups")]
    [InlineData("", "physics", null)]
    [InlineData("", "chem*", "allow_groups")]
    [InlineData("staff", "physics", "deny_groups")]
    public void Groups_count_whichever_of_the_users_they_are(string deny, string allow, string? refusal) =>
        Assert.Equal(refusal, Judge(new AuthConfiguration { DenyGroups = deny.Length > 0 ? [deny] : [], AllowGroups = allow.Length > 0 ? [allow] : [] }, Alice));

    [Theory]
    [InlineData(RootLogin.No, "allow_root")]
    [InlineData(RootLogin.WithoutPassword, null)]
    [InlineData(RootLogin.Yes, null)]
    public void Root_is_let_in_as_configured(object allow, string? refusal) =>
        Assert.Equal(refusal, Judge(new AuthConfiguration { AllowRoot = (RootLogin)allow }, Root));
}
