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
