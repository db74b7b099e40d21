using System.Text;
using SshGateway.Replay.Listing;
using Xunit;

namespace SshGateway.Replay.Tests.Listing;

public sealed class HexDumpTests
{
    [Fact]
    public void All_bytes_have_their_places()
    {
        byte[] bytes = [.. Enumerable.Range(0, 40).Select(i => (byte)(i + 0x60))];
        Assert.Equal(
            "00000000  60 61 62 63 64 65 66 67  68 69 6a 6b 6c 6d 6e 6f  |`abcdefghijklmno|\n"
            + "00000010  70 71 72 73 74 75 76 77  78 79 7a 7b 7c 7d 7e 7f  |pqrstuvwxyz{|}~.|\n"
            + "00000020  80 81 82 83 84 85 86 87                           |........|\n",
            Dump(bytes));
    }

    [Fact]
    public void Pieces_of_any_size_give_the_same_as_the_whole()
    {
        byte[] bytes = new byte[100];
        new Random(5).NextBytes(bytes);
        string whole = Dump(bytes);
        for (int size = 1; size < 40; size++) Assert.Equal(whole, Dump([.. bytes.Chunk(size)]));
    }

    [Fact]
    public void No_bytes_give_no_line() => Assert.Equal("", Dump([]));

    [Fact]
    public void The_next_dump_begins_at_0()
    {
        using var output = new MemoryStream();
        var dump = new HexDump(output);
        dump.Write(new byte[20]);
        dump.Finish();
        output.SetLength(0);
        dump.Write("x"u8);
        dump.Finish();
        Assert.StartsWith("00000000  78 ", Encoding.ASCII.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static string Dump(params byte[][] pieces)
    {
        using var output = new MemoryStream();
        var dump = new HexDump(output);
        foreach (byte[] piece in pieces) dump.Write(piece);
        dump.Finish();
        return Encoding.ASCII.GetString(output.ToArray());
    }
}
