using System.Text;
using SshGateway.Server.Recording;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class BulkGateTests
{
    private const ulong Second = 1_000_000_000;

    [Theory]
    [InlineData(32_000)]
    [InlineData(1_000)]
    [InlineData(70_000)]
    public void Of_a_file_transfer_head_tail_and_counts_are_kept(int piece)
    {
        byte[] file = Bytes(3_000_000);
        using var gate = new BulkGate(100_000, isTransfer: true, rate: 0);
        var head = new MemoryStream();
        Feed(gate, DumpDescriptor.Input, 1, "request"u8, head);
        for (int i = 0; i < file.Length; i += piece) Feed(gate, DumpDescriptor.Output, 2, file.AsSpan(i, Math.Min(piece, file.Length - i)), head);
        byte[] tail = Tail(gate);
        Assert.Equal(100_000, head.Length + tail.Length);
        Assert.Equal([.. "request"u8, .. file[..49_993]], head.ToArray());
        Assert.Equal(file[^50_000..], tail);
        Assert.Equal((7, 3_000_000), (gate.Count(DumpDescriptor.Input), gate.Count(DumpDescriptor.Output)));
        Assert.Equal(3_000_007 - 100_000, gate.LeftOut);
    }

    [Fact]
    public void A_file_transfer_below_the_limit_is_kept_whole()
    {
        using var gate = new BulkGate(1_000, isTransfer: true, rate: 0);
        var head = new MemoryStream();
        for (int i = 0; i < 9; i++) Feed(gate, DumpDescriptor.Output, (ulong)i, Encoding.ASCII.GetBytes(new string((char)('a' + i), 100)), head);
        Assert.Equal(string.Concat(Enumerable.Range(0, 9).Select(i => new string((char)('a' + i), 100))), Encoding.ASCII.GetString([.. head.ToArray(), .. Tail(gate)]));
        Assert.Equal(0, gate.LeftOut);
    }

    [Fact]
    public void A_session_is_kept_whole_while_it_keeps_to_the_rate()
    {
        using var gate = new BulkGate(1_000, isTransfer: false, rate: 1_000);
        var head = new MemoryStream();
        // Ten seconds' worth at once, and then the rate itself for a long time.
        Feed(gate, DumpDescriptor.Output, Second, Bytes(9_000), head);
        for (ulong second = 2; second < 100; second++) Feed(gate, DumpDescriptor.Output, second * Second, Bytes(1_000), head);
        Assert.False(gate.IsBulk);
        Assert.Equal(9_000 + 98_000, head.Length);
    }

    [Fact]
    public void A_session_that_is_too_fast_for_too_long_keeps_its_beginning_and_its_end()
    {
        using var gate = new BulkGate(1_000, isTransfer: false, rate: 1_000);
        byte[] data = Bytes(100_000);
        var head = new MemoryStream();
        for (int i = 0; i < 100; i++) Feed(gate, DumpDescriptor.Output, (ulong)i * Second / 4, data.AsSpan(i * 1_000, 1_000), head);
        Assert.True(gate.IsBulk);
        // It gains 3,000 a second on what runs out: full after 13 pieces, and a bit.
        Assert.InRange(head.Length, 12_000, 14_000);
        Assert.Equal(data[..(int)head.Length], head.ToArray());
        Assert.Equal(data[^500..], Tail(gate));
        Assert.Equal(data.Length - head.Length - 500, gate.LeftOut);
    }

    [Fact]
    public void Both_sides_at_once_lose_nothing_of_the_counts()
    {
        using var gate = new BulkGate(10_000, isTransfer: true, rate: 0);
        Parallel.For(0, 3, stream =>
        {
            for (int i = 0; i < 10_000; i++) gate.Pass((ulong)i, (DumpDescriptor)stream, "0123456789"u8);
        });
        Assert.All(Enumerable.Range(0, 3), stream => Assert.Equal(100_000, gate.Count((DumpDescriptor)stream)));
        Assert.Equal(300_000 - 10_000, gate.LeftOut);
    }

    [Fact]
    public void What_comes_after_the_end_is_dropped()
    {
        var gate = new BulkGate(10, isTransfer: true, rate: 0);
        gate.Pass(1, DumpDescriptor.Output, new byte[100]);
        gate.Dispose();
        Assert.Equal(0, gate.Pass(2, DumpDescriptor.Output, new byte[100]));
        Assert.Empty(Tail(gate));
    }

    private static void Feed(BulkGate gate, DumpDescriptor stream, ulong timeNs, ReadOnlySpan<byte> data, MemoryStream head) =>
        head.Write(data[..gate.Pass(timeNs, stream, data)]);

    private static byte[] Tail(BulkGate gate)
    {
        var tail = new MemoryStream();
        gate.WriteTail((bytes, offset, count) =>
        {
            var cursor = new RecordCursor(bytes.AsSpan(offset, count));
            while (cursor.MoveNext()) tail.Write(cursor.Data);
        });
        return tail.ToArray();
    }

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
