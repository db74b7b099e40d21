using System.Text;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain\ttext é€😀", "plain\ttext é€😀")]
    [InlineData("a\r\nb\nc", "a\nb\nc")]
    [InlineData("a\r\r\nb", "a\nb")]
    [InlineData("10%\r20%\r\n", "10%\n20%\n")]
    [InlineData("end\r", "end\n")]
    [InlineData("\u001b[1;31mred\u001b[0m", "red")]
    [InlineData("\u009b31mred", "red")]
    [InlineData("\u001b]0;title\u0007shown", "shown")]
    [InlineData("\u001b]0;title\u001b\\shown", "shown")]
    [InlineData("\u001bP1;2qdata\u001b\\shown", "shown")]
    [InlineData("\u001b(Bshown\u001b=", "shown")]
    [InlineData("\u001b[12\u0018shown", "shown")]
    [InlineData("\u001b[1\u001b[2Kshown", "shown")]
    [InlineData("\u001b[1\nKshown", "\nshown")]
    [InlineData("bell\a back\b\u0000\u007f", "bell back")]
    public void Only_the_text_stays(string stream, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(stream);
        Assert.Equal(expected, Decode(new PlainText(), bytes));
        // However the bytes are cut.
        Assert.Equal(expected, Decode(new PlainText(), [.. bytes.Select(b => new[] { b })]));
    }

    [Fact]
    public void A_control_string_without_an_end_hides_nothing_from_who_searches()
    {
        Assert.Equal("before0;rm -rf", Decode(new PlainText(keepControlStrings: true), "before\u001b]0;rm -rf"u8.ToArray()));
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_replaced()
    {
        Assert.Equal("\ufffda\ufffd", Decode(new PlainText(), [0xff, (byte)'a', 0xe2, 0x82]));
    }

    [Fact]
    public void Any_bytes_give_text_without_control_characters()
    {
        var random = new Random(11);
        byte[] bytes = new byte[10_000];
        for (int round = 0; round < 100; round++)
        {
            random.NextBytes(bytes);
            Assert.DoesNotContain(Decode(new PlainText(), bytes), c => char.IsControl(c) && c is not ('\n' or '\t'));
        }
    }

    private static string Decode(PlainText text, params byte[][] pieces)
    {
        var target = new StringBuilder();
        foreach (byte[] piece in pieces) text.Decode(piece, target);
        text.Finish(target);
        return target.ToString();
    }
}
