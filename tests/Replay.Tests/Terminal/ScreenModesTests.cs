using System.Text;
using SshGateway.Replay.Terminal;
using Xunit;

namespace SshGateway.Replay.Tests.Terminal;

public sealed class ScreenModesTests
{
    [Theory]
    [InlineData("\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l")]
    [InlineData("\u001b[?1049;25h\u001b[?2004;1000h", "\u001b[?1000l\u001b[?2004l\u001b[?1049l")]
    [InlineData("\u001b[?7l", "\u001b[?7h")]
    [InlineData("\u001b[?1049h text \u001b[?1049l", "")]
    [InlineData("\u001b[31m\u001b[4h\u001b[?99999999999h", "")]
    [InlineData("\u001b[\u001b[?1000h", "\u001b[?1000l")]
    public void What_was_left_on_is_undone(string session, string expected)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(session);
        string undo = Undo(bytes);
        Assert.Contains("\u001b[0m", undo, StringComparison.Ordinal);
        Assert.Equal(expected, undo[(undo.IndexOf("\u001b[0m", StringComparison.Ordinal) + 4)..]);
        // However the bytes are cut.
        Assert.Equal(undo, Undo([.. bytes.Select(b => new[] { b })]));
    }

    [Fact]
    public void A_session_without_escape_sequences_needs_nothing() => Assert.Equal("", Undo("plain\r\n"u8.ToArray()));

    [Fact]
    public void Millions_of_numbers_do_no_harm()
    {
        var modes = new ScreenModes();
        modes.Observe("\u001b[?"u8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] numbers = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("12345;", 1000)));
        for (int i = 0; i < 1000; i++) modes.Observe(numbers);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    private static string Undo(params byte[][] pieces)
    {
        var modes = new ScreenModes();
        foreach (byte[] piece in pieces) modes.Observe(piece);
        return Encoding.ASCII.GetString(modes.Undo());
    }
}
