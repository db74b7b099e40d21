using SshGateway.Replay.Listing;
using Xunit;

namespace SshGateway.Replay.Tests.Listing;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain é€漢😀", "plain é€漢😀")]
    [InlineData("\u001b[31m", "\\x1b[31m")]
    [InlineData("a\r\n\tb\u007f", "a\\x0d\\x0a\\x09b\\x7f")]
    [InlineData("\u009b\u202egnp\u2028", "\\u{9b}\\u{202e}gnp\\u{2028}")]
    [InlineData("\U000e0041tag", "\\u{e0041}tag")]
    public void What_could_act_on_a_terminal_is_written_out(string text, string expected) =>
        Assert.Equal(expected, PrintableText.Escape(text));

    [Fact]
    public void Half_a_pair_is_written_out() => Assert.Equal("a\\u{d800}b\\u{dc00}", PrintableText.Escape("a\ud800b\udc00"));
}
