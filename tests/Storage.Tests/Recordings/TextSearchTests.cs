using System.Text;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class TextSearchTests
{
    private readonly List<TextMatch> _found = [];

    [Fact]
    public void A_command_typed_letter_by_letter_is_found_with_the_time_it_began()
    {
        var search = new TextSearch("sudo rm", _found.Add);
        ulong time = 100;
        foreach (byte letter in "ls\rsudo rm x\rpwd\r"u8.ToArray())
        {
            search.Feed(time++, DumpDescriptor.Input, [letter]);
            search.Feed(time++, DumpDescriptor.Output, "echo"u8);
        }

        search.Finish();
        Assert.Equal([new TextMatch(106, DumpDescriptor.Input, "sudo rm x")], _found);
    }

    [Fact]
    public void Colours_do_not_hide_a_text()
    {
        Search("pass", "\u001b[31mpa\u001b[0mss\r\nother\r\n");
        Assert.Equal("pass", Assert.Single(_found).Line);
    }

    [Fact]
    public void The_last_line_needs_no_end()
    {
        Search("needle", "one\ntwo needle");
        Assert.Equal("two needle", Assert.Single(_found).Line);
    }

    [Fact]
    public void A_line_is_found_once_and_lines_without_the_text_are_not()
    {
        Search("x", "x and x\nnothing\n");
        Assert.Single(_found);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(100_000)]
    public void In_a_line_without_end_it_is_found_wherever_it_stands(int pieceSize)
    {
        const string Needle = "needle";
        // Around the border of the pieces.
        for (int at = 16_376; at < 16_388; at++)
        {
            _found.Clear();
            var search = new TextSearch(Needle, _found.Add);
            byte[] bytes = Encoding.UTF8.GetBytes(new string('.', at) + Needle + new string('.', 40_000));
            for (int i = 0; i < bytes.Length; i += pieceSize)
                search.Feed(1, DumpDescriptor.Output, bytes.AsSpan(i, Math.Min(pieceSize, bytes.Length - i)));
            search.Finish();
            Assert.InRange(Assert.Single(_found).Line.Length, Needle.Length, 64 * 1024);
        }
    }

    [Fact]
    public void A_text_longer_than_a_piece_of_a_line_is_found()
    {
        string needle = new('n', 50_000);
        Search(needle, "." + needle + ".");
        Assert.Single(_found);
    }

    private void Search(string text, string stream)
    {
        var search = new TextSearch(text, _found.Add);
        search.Feed(1, DumpDescriptor.Output, Encoding.UTF8.GetBytes(stream));
        search.Finish();
    }
}
