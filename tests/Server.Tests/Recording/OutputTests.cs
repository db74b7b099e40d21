using System.Security.Cryptography;
using System.Text;
using SshGateway.Server.Recording;
using SshGateway.Server.Recording.Output;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class OutputTests
{
    private const ulong Second = 1_000_000_000;

    [Fact]
    public void With_a_window_the_recording_pauses_and_resumes_with_the_next()
    {
        var seen = new Collected();
        var limit = new SizeLimit(seen, 30, TimeSpan.FromSeconds(10), startNs: 0);
        for (ulong second = 0; second < 25; second++) limit.Write(Record(second * Second, "x"));
        limit.Finish(25 * Second);
        // Fourteen bytes a record: two fit into each window.
        Assert.Equal([0u, 1, 10, 11, 20, 21], seen.Times.Select(time => (uint)(time / Second)));
        Assert.Equal(["limit", "resumed", "limit", "resumed", "limit", "resumed"], seen.Notes.Select(note => note.Kind));
        Assert.Equal(19, limit.LeftOut);
    }

    [Fact]
    public void Of_a_file_transfer_head_tail_counts_and_digest_are_kept()
    {
        byte[] file = new byte[3_000_000];
        new Random(5).NextBytes(file);
        var seen = new Collected();
        using var cap = new BulkCap(seen, 100_000);
        cap.Write(Record(1, "request", DumpDescriptor.Input));
        for (int i = 0; i < file.Length; i += 32_000) cap.Write(Record(2, file.AsSpan(i, Math.Min(32_000, file.Length - i))));
        cap.Finish(3);
        byte[] kept = seen.Output;
        Assert.Equal(100_000, kept.Length + "request".Length);
        Assert.True(file.AsSpan().StartsWith(kept.AsSpan(0, 49_000)));
        Assert.True(file.AsSpan().EndsWith(kept.AsSpan(kept.Length - 50_000)));
        RecordingNote note = Assert.Single(seen.Notes);
        Assert.Contains(KeyValuePair.Create("output_bytes", "3000000"), note.Values);
        Assert.Contains(KeyValuePair.Create("output_sha256", Convert.ToHexStringLower(SHA256.HashData(file))), note.Values);
        Assert.Contains(KeyValuePair.Create("input_bytes", "7"), note.Values);
        Assert.Equal(file.Length - kept.Length, cap.LeftOut);
    }

    [Fact]
    public void A_file_transfer_below_the_limit_is_kept_whole()
    {
        var seen = new Collected();
        using var cap = new BulkCap(seen, 1_000);
        for (int i = 0; i < 9; i++) cap.Write(Record((ulong)i, new string((char)('a' + i), 100)));
        cap.Finish(10);
        Assert.Equal(string.Concat(Enumerable.Range(0, 9).Select(i => new string((char)('a' + i), 100))), Encoding.ASCII.GetString(seen.Output));
        Assert.Equal(0, cap.LeftOut);
        Assert.Equal(seen.Times.Order(), seen.Times);
    }

    private static byte[] Record(ulong timeNs, string text, DumpDescriptor descriptor = DumpDescriptor.Output) => Record(timeNs, Encoding.ASCII.GetBytes(text), descriptor);

    private static byte[] Record(ulong timeNs, ReadOnlySpan<byte> data, DumpDescriptor descriptor = DumpDescriptor.Output)
    {
        byte[] record = new byte[DumpRecord.HeadSize + data.Length];
        DumpRecord.WriteHead(record, timeNs, descriptor, (uint)data.Length);
        data.CopyTo(record.AsSpan(DumpRecord.HeadSize));
        return record;
    }

    private sealed class Collected : IRecordingOutput
    {
        private readonly MemoryStream _output = new();

        public List<ulong> Times { get; } = [];

        public List<RecordingNote> Notes { get; } = [];

        public byte[] Output => _output.ToArray();

        public void Write(ReadOnlySpan<byte> records)
        {
            var cursor = new RecordCursor(records);
            while (cursor.MoveNext())
            {
                Times.Add(cursor.TimeNs);
                if (cursor.Descriptor == DumpDescriptor.Output) _output.Write(cursor.Data);
            }
        }

        public void Resize(ulong timeNs, int columns, int rows)
        {
        }

        public void Note(RecordingNote note) => Notes.Add(note);

        public void Flush()
        {
        }

        public void Finish(ulong timeNs)
        {
        }
    }
}
