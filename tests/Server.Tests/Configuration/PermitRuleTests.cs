using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

public sealed class PermitRuleTests
{
    private static readonly HostEndpoint[] Pool = [new("node1", 22), new("node2", 2222)];

    [Theory]
    [InlineData("host:80", "host", 80, true)]
    [InlineData("host:80", "HOST", 80, true)]
    [InlineData("host:80", "host", 81, false)]
    [InlineData("host", "host", 65535, true)]
    [InlineData("host:*", "host", 1, true)]
    [InlineData("host:1000-2000", "host", 1500, true)]
    [InlineData("host:1000-2000", "host", 2001, false)]
    [InlineData("*.example.org:443", "a.b.example.org", 443, true)]
    [InlineData("*.example.org:443", "example.org", 443, false)]
    [InlineData("10.0.0.0/8:22", "10.1.2.3", 22, true)]
    [InlineData("10.0.0.0/8:22", "11.1.2.3", 22, false)]
    [InlineData("10.0.0.0/8", "10.example.org", 22, false)]
    [InlineData("127.0.0.1:80", "::ffff:127.0.0.1", 80, true)]
    [InlineData("127.0.0.1:80", "127.1", 80, true)]
    [InlineData("[::1]:80", "::1", 80, true)]
    [InlineData("[::1]:80", "0:0:0:0:0:0:0:1", 80, true)]
    [InlineData("[2001:db8::]/32:22", "2001:db8::1", 22, false)]
    [InlineData("2001:db8::/32", "2001:db8::1", 22, true)]
    [InlineData("[2001:db8::/32]:22", "2001:db8::1", 22, true)]
    [InlineData("{dest}", "node2", 2222, true)]
    [InlineData("{dest}", "node2", 22, false)]
    [InlineData("{dest}:*", "node2", 22, true)]
    [InlineData("{dest}:22", "node2", 2222, false)]
    [InlineData("{dest}", "node3", 22, false)]
    public void Destinations_match_by_host_and_port(string pattern, string host, int port, bool expected) =>
        Assert.Equal(expected, PermitRule.Of([pattern]).Allows(host, port, Pool));

    [Fact]
    public void A_refusal_wins_wherever_it_stands_and_alone_permits_nothing()
    {
        PermitRule rule = PermitRule.Of(["!10.0.0.1", "10.0.0.0/8", "!*:25"]);
        Assert.True(rule.Allows("10.0.0.2", 80));
        Assert.False(rule.Allows("10.0.0.1", 80));
        Assert.False(rule.Allows("10.0.0.2", 25));
        Assert.False(PermitRule.Of(["!a"]).Allows("b", 1));
    }

    [Fact]
    public void Names_and_paths_match_by_wildcards()
    {
        PermitRule rule = PermitRule.Of(["git-*", "/run/user/*/agent?", "!git-shell"]);
        Assert.True(rule.AllowsName("git-upload-pack 'x'"));
        Assert.True(rule.AllowsName("/run/user/1000/agent1"));
        Assert.False(rule.AllowsName("git-shell"));
        Assert.False(rule.AllowsName("bash"));
        Assert.False(PermitRule.Of([]).AllowsName("bash"));
    }

    [Fact]
    public void Yes_and_no_do_not_look()
    {
        Assert.True(PermitRule.Allow.IsUnconditional && PermitRule.Allow.Allows("x", 1) && PermitRule.Allow.AllowsName("x"));
        Assert.True(!PermitRule.Deny.AllowsAny && !PermitRule.Deny.Allows("x", 1) && !PermitRule.Deny.AllowsName("x"));
        Assert.False(PermitRule.Of(["x"]).IsUnconditional);
    }

    [Fact]
    public void Many_stars_cost_no_more_than_pattern_times_text()
    {
        // Exponential matching would not come back.
        string pattern = string.Concat(Enumerable.Repeat("*a", 5000)) + "b";
        Assert.False(Wildcard.Matches(pattern, new string('a', 20_000)));
    }
}
