using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class DumpReaderTests
{
    private static DumpBytes Sample() => new DumpBytes("alice", "make")
        .Add(0.5, DumpDescriptor.Input, "hello\n")
        .Add(0.5, DumpDescriptor.Input, "")
        .Add(1.25, DumpDescriptor.ErrorOutput, "oops\n")
        .Output(2, "hello\n");

    [Fact]
    public async Task Records_come_in_order_with_their_offsets()
    {
        ReadDump dump = await ReadDump.AllAsync(Sample().ToArray());
        Assert.Null(dump.Error);
        int first = DumpBytes.Header("alice", "make").Encode().Length;
        Assert.Equal(
            [
                new DumpRecord(first, DumpBytes.StartNs + 500_000_000, DumpDescriptor.Input, 6),
                new DumpRecord(first + 19, DumpBytes.StartNs + 500_000_000, DumpDescriptor.Input, 0),
                new DumpRecord(first + 32, DumpBytes.StartNs + 1_250_000_000, DumpDescriptor.ErrorOutput, 5),
                new DumpRecord(first + 50, DumpBytes.StartNs + 2_000_000_000, DumpDescriptor.Output, 6),
            ],
            dump.Records.Select(r => r.Record));
        Assert.Equal("oops\n"u8.ToArray(), dump.Records[2].Data);
    }

    [Fact]
    public async Task A_stream_that_gives_a_byte_at_a_time_reads_the_same()
    {
        ReadDump whole = await ReadDump.AllAsync(Sample().ToArray());
        ReadDump trickled = await ReadDump.AllAsync(new TrickleStream(Sample().ToArray()));
        Assert.Null(trickled.Error);
        Assert.Equal(whole.Records.Select(r => r.Record), trickled.Records.Select(r => r.Record));
        Assert.Equal(whole.Records.Select(r => Convert.ToHexString(r.Data)), trickled.Records.Select(r => Convert.ToHexString(r.Data)));
    }

    [Fact]
    public async Task Cut_at_every_byte_it_shows_all_before_the_cut_and_says_where()
    {
        byte[] bytes = Sample().ToArray();
        ReadDump whole = await ReadDump.AllAsync(bytes);
        long[] ends = [.. whole.Records.Select(r => r.Record.Offset), bytes.Length];
        for (int length = 0; length < bytes.Length; length++)
        {
            ReadDump cut = await ReadDump.AllAsync(bytes[..length]);
            if (length < ends[0])
            {
                Assert.Null(cut.Header);
                Assert.Equal((0, true), (cut.Error!.Offset, cut.Error.IsTruncated));
                continue;
            }

            int complete = ends.Count(end => end <= length) - 1;
            for (int i = 0; i < complete; i++) Assert.Equal(whole.Records[i].Data, cut.Records[i].Data);
            if (ends[complete] == length)
            {
                Assert.Null(cut.Error);
                continue;
            }

            Assert.Equal((ends[complete], true), (cut.Error!.Offset, cut.Error.IsTruncated));
            AssertPartialRecord(whole, cut, complete, (int)(length - ends[complete]));
        }
    }

    [Fact]
    public async Task A_claim_of_4_gib_allocates_nothing_for_it()
    {
        byte[] bytes = new DumpBytes().AddHead(1, 1, uint.MaxValue).AddRaw("all there is"u8).ToArray();
        await ReadDump.AllAsync(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadDump dump = await ReadDump.AllAsync(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 256 * 1024);
        Assert.Equal("all there is"u8.ToArray(), dump.Records.Single().Data);
        Assert.Equal(uint.MaxValue, dump.Records.Single().Record.Size);
        Assert.True(dump.Error!.IsTruncated);
        Assert.Equal(dump.Records.Single().Record.Offset, dump.Error.Offset);
        Assert.Contains("12 of 4294967295", dump.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_descriptor_ends_reading_at_its_record()
    {
        byte[] bytes = new DumpBytes().Output(1, "good").AddHead(2, 3, 0).Output(3, "lost").ToArray();
        ReadDump dump = await ReadDump.AllAsync(bytes);
        Assert.Equal("good"u8.ToArray(), dump.Records.Single().Data);
        Assert.False(dump.Error!.IsTruncated);
        Assert.Equal(bytes.Length - 13 - 17, dump.Error.Offset);
    }

    [Fact]
    public async Task Data_that_was_not_read_is_skipped()
    {
        byte[] bytes = new DumpBytes().Output(1, new string('x', 200_000)).Output(2, "second").ToArray();
        var reader = new DumpReader(new MemoryStream(bytes));
        await reader.ReadHeaderAsync();
        await reader.ReadRecordAsync();
        await reader.ReadDataAsync();
        DumpRecord? second = await reader.ReadRecordAsync();
        Assert.Equal(6u, second!.Value.Size);
        Assert.Equal("second"u8.ToArray(), (await reader.ReadDataAsync()).ToArray());
    }

    [Fact]
    public async Task Large_records_come_whole_in_chunks()
    {
        byte[] data = new byte[1_000_003];
        new Random(1).NextBytes(data);
        byte[] bytes = new DumpBytes().Add(1, DumpDescriptor.Output, data).Output(2, "end").ToArray();
        ReadDump dump = await ReadDump.AllAsync(bytes);
        Assert.Null(dump.Error);
        Assert.Equal(data, dump.Records[0].Data);
        Assert.Equal("end"u8.ToArray(), dump.Records[1].Data);
    }

    private static void AssertPartialRecord(ReadDump whole, ReadDump cut, int index, int bytesOfRecord)
    {
        if (bytesOfRecord < DumpRecord.HeadSize)
        {
            Assert.Equal(index, cut.Records.Count);
            return;
        }

        Assert.Equal(index + 1, cut.Records.Count);
        Assert.Equal(whole.Records[index].Data[..(bytesOfRecord - DumpRecord.HeadSize)], cut.Records[index].Data);
    }
}
