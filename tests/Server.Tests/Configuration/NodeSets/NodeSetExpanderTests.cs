using SshGateway.Server.Configuration.NodeSets;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.NodeSets;

public sealed class NodeSetExpanderTests : IDisposable
{
    private readonly GroupFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("host", "host")]
    [InlineData("n[1-3]", "n1 n2 n3")]
    [InlineData("n[5,1-3,2]", "n5 n1 n2 n3")]
    [InlineData("n[08-11]", "n08 n09 n10 n11")]
    [InlineData("n[1-10/3]", "n1 n4 n7 n10")]
    [InlineData("r[1-2]n[1-2]:2222", "r1n1:2222 r1n2:2222 r2n1:2222 r2n2:2222")]
    [InlineData("n[1-2]0", "n10 n20")]
    [InlineData("n1[0-2]", "n10 n11 n12")]
    [InlineData("n[-2-1]", "n-2 n-1 n0 n1")]
    [InlineData("[1-2]", "1 2")]
    [InlineData("b,a,b", "b a")]
    [InlineData("n[1-5]!n[2-3]", "n1 n4 n5")]
    [InlineData("n[1-5]&n[4-8]", "n4 n5")]
    [InlineData("n[1-3]^n[2-4]", "n1 n4")]
    [InlineData("n[1-5]!n3,n3", "n1 n2 n4 n5 n3")]
    [InlineData(" a , b ", "a b")]
    [InlineData("@gpu", "g01 g02 g03 g04 g10")]
    [InlineData("@rack2&n[10-12]", "n11 n12")]
    [InlineData("@racks:r1", "r1n1 r1n2 r1n3 r1n4")]
    [InlineData("@racks:r[1-2]&r2n[1-9]", "r2n1 r2n2 r2n3 r2n4")]
    [InlineData("@racks:both!r1n[1-4]!r2n[2-4]", "r2n1")]
    [InlineData("@flat:io", "io1 io2 io3 io5")]
    [InlineData("@flat:login", "l1 l2")]
    [InlineData("@flat:*&l1", "l1")]
    [InlineData("@mixed!@racks:*", "io1 io2 io3 io5")]
    [InlineData("@@racks", "r1 r2 both")]
    [InlineData("g*", "g01 g02 g03 g04 g10")]
    [InlineData("@*!n[1-20]!g*", "login1 login2")]
    [InlineData("@calls:x", "calls-x1 calls-x2 xx y")]
    [InlineData("@@calls2", "a b")]
    public void Expressions_expand_in_the_order_written(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Expand(text)));

    [Theory]
    [InlineData("n[1-2", "closing bracket is missing")]
    [InlineData("n1]", "closing bracket without")]
    [InlineData("n[]", "empty range")]
    [InlineData("n[1,]", "empty range")]
    [InlineData("n[a]", "bad range 'a'")]
    [InlineData("n[3-1]", "the end is before")]
    [InlineData("n[1-3/0]", "step")]
    [InlineData("n[5/2]", "step needs a range")]
    [InlineData("n[01-100]", "padded")]
    [InlineData("n[1-2][3-4]", "brackets cannot follow")]
    [InlineData("n[1-4/2]0", "digits cannot follow")]
    [InlineData("n[1-99999999999999999999]", "a number is expected")]
    [InlineData("n[1-999999999999]", "more than 2000000 names")]
    [InlineData("n[1-2000]x[1-2000]", "more than 2000000 names")]
    [InlineData("a,", "operand is missing")]
    [InlineData("!a", "operand is missing")]
    [InlineData("a,,b", "operand is missing")]
    [InlineData("", "operand is missing")]
    [InlineData("a b", "blanks")]
    [InlineData("a!a", "nothing is left")]
    [InlineData("@nosuch", "has no members")]
    [InlineData("@nosource:x", "no group source 'nosource'")]
    [InlineData("@loop", "refer to each other")]
    [InlineData("@bad:x", "failed with status 1")]
    [InlineData("@shell:x", "needs a shell")]
    [InlineData("@@shell", "cannot list")]
    public void What_is_wrong_is_said(string text, string expected)
    {
        Assert.False(new NodeSetExpander(new GroupResolver(_folder.Path)).TryExpand(text, out _, out string error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_configuration_groups_are_an_error_and_hosts_are_none()
    {
        NodeSetExpander expander = new(new GroupResolver("/nonexistent"));
        Assert.True(expander.TryExpand("n[1-2]", out _, out _));
        Assert.False(expander.TryExpand("@all", out _, out string error));
        Assert.Contains("does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_holds_for_all_expansions_together()
    {
        NodeSetExpander expander = new(new GroupResolver("/nonexistent"), 100);
        Assert.True(expander.TryExpand("n[1-60]", out _, out _));
        Assert.False(expander.TryExpand("n[1-60]", out _, out _));
        Assert.True(expander.TryExpand("n[1-40]", out _, out _));
    }

    [Fact]
    public void A_group_name_cannot_become_a_second_argument_or_a_command()
    {
        NodeSetExpander expander = new(new GroupResolver(_folder.Path));
        Assert.True(expander.TryExpand("@calls:$(id);x", out IReadOnlyList<string> names, out string error), error);
        Assert.Contains("calls-$(id);x1", names);
    }

    [Fact]
    public void Any_text_cut_anywhere_expands_or_says_why()
    {
        NodeSetExpander expander = new(new GroupResolver(_folder.Path));
        const string Text = "r[1-2]n[01-03/2]x5[2,7]-ib:22,@gpu!g01^@racks:r[1-2]&a*";
        for (int length = 0; length <= Text.Length; length++)
        {
            bool good = expander.TryExpand(Text[..length], out IReadOnlyList<string> names, out string error);
            Assert.Equal(good, error.Length == 0);
            Assert.Equal(good, names.Count > 0);
        }
    }

    private IReadOnlyList<string> Expand(string text)
    {
        Assert.True(new NodeSetExpander(new GroupResolver(_folder.Path)).TryExpand(text, out IReadOnlyList<string> names, out string error), error);
        return names;
    }
}
