using System.Text;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Tests.Recording;

/// <summary>A dump, read whole.</summary>
internal sealed class RecordedDump
{
    private readonly MemoryStream[] _streams = [new(), new(), new()];

    public required DumpHeader Header { get; init; }

    public int Records { get; private set; }

    public byte[] Input => _streams[0].ToArray();

    public byte[] Output => _streams[1].ToArray();

    public byte[] Errors => _streams[2].ToArray();

    public string OutputText => Encoding.UTF8.GetString(Output);

    public static Task<RecordedDump> ReadAsync(string path) => ReadAsync(File.ReadAllBytes(path));

    public static async Task<RecordedDump> ReadAsync(byte[] bytes)
    {
        var reader = new DumpReader(new MemoryStream(bytes));
        var dump = new RecordedDump { Header = await reader.ReadHeaderAsync() };
        ulong last = 0;
        while (await reader.ReadRecordAsync() is { } record)
        {
            dump.Records++;
            if (record.TimeNs < last) throw new InvalidDataException("the clock ran backwards");
            last = record.TimeNs;
            while (await reader.ReadDataAsync() is { IsEmpty: false } chunk) dump._streams[(int)record.Descriptor].Write(chunk.Span);
        }

        return dump;
    }
}
