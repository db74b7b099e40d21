using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class DumpWriterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_is_read_again(bool asynchronous)
    {
        var random = new Random(7);
        using var stream = new MemoryStream();
        List<(ulong Time, DumpDescriptor Descriptor, byte[] Data)> records = [.. Enumerable.Range(0, 300).Select(_ => RandomRecord(random))];
        await using (var writer = new DumpWriter(stream, DumpBytes.Header("alice", "cmd")))
        {
            foreach ((ulong time, DumpDescriptor descriptor, byte[] data) in records)
            {
                if (asynchronous) await writer.WriteAsync(time, descriptor, data);
                else writer.Write(time, descriptor, data);
                if (random.Next(10) == 0) writer.Flush();
                if (random.Next(10) == 0) await writer.FlushAsync();
            }

            writer.Flush();
            Assert.Equal(stream.Length, writer.Length);
        }

        ReadDump dump = await ReadDump.AllAsync(stream.ToArray());
        Assert.Null(dump.Error);
        Assert.Equal("cmd", dump.Header!.CommandText);
        Assert.Equal(records.Count, dump.Records.Count);
        for (int i = 0; i < records.Count; i++)
        {
            Assert.Equal((records[i].Time, records[i].Descriptor), (dump.Records[i].Record.TimeNs, dump.Records[i].Record.Descriptor));
            Assert.Equal(records[i].Data, dump.Records[i].Data);
        }
    }

    [Fact]
    public void Nothing_reaches_the_stream_before_a_flush_and_all_does_then()
    {
        using var stream = new MemoryStream();
        using var writer = new DumpWriter(stream, DumpBytes.Header());
        writer.Write(1, DumpDescriptor.Output, "abc"u8);
        Assert.Equal(0, stream.Length);
        writer.Flush();
        Assert.Equal(DumpBytes.Header().Encode().Length + 16, stream.Length);
    }

    [Fact]
    public async Task Closing_flushes_and_closes_the_stream()
    {
        var stream = new MemoryStream();
        await new DumpWriter(stream, DumpBytes.Header()).DisposeAsync();
        Assert.Equal(DumpBytes.Header().Encode(), stream.ToArray());
        Assert.False(stream.CanWrite);
    }

    [Fact]
    public void A_record_allocates_nothing()
    {
        using var writer = new DumpWriter(Stream.Null, DumpBytes.Header());
        byte[] small = new byte[100];
        byte[] large = new byte[100_000];
        WriteMany(writer, small, large);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WriteMany(writer, small, large);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_record_that_fits_the_buffer_is_written_at_once_and_allocates_nothing()
    {
        using var writer = new DumpWriter(Stream.Null, DumpBytes.Header());
        byte[] data = new byte[100];
        Assert.True(writer.WriteAsync(1, DumpDescriptor.Output, data).AsTask().IsCompletedSuccessfully);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
            Assert.True(writer.WriteAsync(1, DumpDescriptor.Output, data).AsTask().IsCompletedSuccessfully);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task After_a_failed_write_nothing_more_is_written(int recordSize)
    {
        using var stream = new FullDisk(limit: 200);
        var writer = new DumpWriter(stream, DumpBytes.Header());
        await writer.FlushAsync();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (int i = 0; i < 30; i++)
            {
                await writer.WriteAsync(1, DumpDescriptor.Output, new byte[recordSize]);
                await writer.FlushAsync();
            }
        });
        long length = stream.Length;
        stream.Limit = long.MaxValue;
        Assert.Throws<IOException>(() => writer.Write(1, DumpDescriptor.Output, "more"u8));
        await writer.DisposeAsync();
        Assert.Equal(length, stream.Kept.Length);
        ReadDump dump = await ReadDump.AllAsync(stream.Kept);
        Assert.NotNull(dump.Header);
    }

    private static void WriteMany(DumpWriter writer, byte[] small, byte[] large)
    {
        for (int i = 0; i < 2000; i++) writer.Write(1, DumpDescriptor.Output, i % 50 == 0 ? large : small);
    }

    private static (ulong Time, DumpDescriptor Descriptor, byte[] Data) RandomRecord(Random random)
    {
        int size = random.Next(4) switch { 0 => 0, 1 => random.Next(10), 2 => random.Next(5000), _ => random.Next(100_000) };
        byte[] data = new byte[size];
        random.NextBytes(data);
        return ((ulong)random.NextInt64(), (DumpDescriptor)random.Next(3), data);
    }

    private sealed class FullDisk(long limit) : MemoryStream
    {
        public long Limit { get; set; } = limit;

        public byte[] Kept { get; private set; } = [];

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

        public override void Write(byte[] buffer, int offset, int count)
        {
            int room = (int)Math.Min(count, Limit - Length);
            base.Write(buffer, offset, room);
            Kept = ToArray();
            if (room < count) throw new IOException("No space left on device");
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return default;
        }
    }
}
