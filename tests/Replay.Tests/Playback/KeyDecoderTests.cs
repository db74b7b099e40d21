using System.Text;
using SshGateway.Replay.Playback;
using Xunit;

namespace SshGateway.Replay.Tests.Playback;

public sealed class KeyDecoderTests
{
    [Theory]
    [InlineData(" ", "Pause")]
    [InlineData("q", "Quit")]
    [InlineData("\u001b[C\u001b[D", "Forward Back")]
    [InlineData("\u001bOA\u001bOB", "FarForward FarBack")]
    [InlineData("\u001b[1;5C", "Forward")]
    [InlineData("\u001b\u001b[D", "Back")]
    [InlineData("xyz\r\u001b[3~\u001b[Z", "")]
    public void Keys_are_found(string typed, string expected) => Assert.Equal(expected, Decode(typed));

    [Theory]
    [InlineData("\u001b[?64;1;2q")] // what terminal is it
    [InlineData("\u001b[24;80R")] // where is the cursor
    [InlineData("\u001b]11;rgb:0000/q q/0000\u0007")] // the background
    [InlineData("\u001b]11;rgb:q q\u001b\\")]
    [InlineData("\u001bP1$r q\u001b\\")]
    public void Answers_of_the_terminal_are_no_keys(string answer) => Assert.Equal("Pause", Decode(answer + " "));

    private static string Decode(string typed)
    {
        var decoder = new KeyDecoder();
        return string.Join(' ', Encoding.ASCII.GetBytes(typed).Select(decoder.Accept).Where(key => key is not null));
    }
}
