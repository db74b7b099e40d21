using SshGateway.Server.Hooks;
using Xunit;

namespace SshGateway.Server.Tests.Hooks;

public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("/bin/true", "/bin/true")]
    [InlineData("  a  b\tc\n", "a|b|c")]
    [InlineData("a 'b c' \"d e\"", "a|b c|d e")]
    [InlineData("a b\\ c \\'d", "a|b c|'d")]
    [InlineData("a \"b\\\"c\\\\d\\$e\\f\"", "a|b\"c\\d$e\\f")]
    [InlineData("a 'b\\'", "a|b\\")]
    [InlineData("a ''", "a|")]
    [InlineData("a b'c'\"d\"e", "a|bcde")]
    [InlineData("a $HOME * ; | & > x", "a|$HOME|*|;|||&|>|x")]
    [InlineData("a \"it's\" 'say \"x\"'", "a|it's|say \"x\"")]
    [InlineData("a b\\", "a|b\\")]
    [InlineData("sh -c 'echo \"$USER\" | wc'", "sh|-c|echo \"$USER\" | wc")]
    public void Words_are_split_as_a_shell_does_it_and_nothing_else_is_done(string line, string expected)
    {
        Assert.True(CommandWords.TrySplit(line, out IReadOnlyList<string>? words));
        Assert.Equal(expected, string.Join('|', words));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a 'b")]
    [InlineData("a \"b")]
    [InlineData("''")]
    [InlineData("a \"b\\\"")]
    public void A_line_without_a_program_or_with_an_open_quote_is_refused(string line) =>
        Assert.False(CommandWords.TrySplit(line, out _));
}
