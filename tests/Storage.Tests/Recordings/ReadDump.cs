using SshGateway.Storage.Recordings;

namespace SshGateway.Storage.Tests.Recordings;

/// <summary>All that a reader finds in a dump, up to its end or its error.</summary>
internal sealed class ReadDump
{
    public DumpHeader? Header { get; private set; }

    public List<(DumpRecord Record, byte[] Data)> Records { get; } = [];

    public DumpFormatException? Error { get; private set; }

    public static Task<ReadDump> AllAsync(byte[] bytes) => AllAsync(new MemoryStream(bytes));

    public static async Task<ReadDump> AllAsync(Stream stream)
    {
        var result = new ReadDump();
        var reader = new DumpReader(stream);
        try
        {
            result.Header = await reader.ReadHeaderAsync();
            while (await reader.ReadRecordAsync() is { } record) await result.ReadDataAsync(reader, record);
        }
        catch (DumpFormatException error)
        {
            result.Error = error;
        }

        return result;
    }

    private async Task ReadDataAsync(DumpReader reader, DumpRecord record)
    {
        using var data = new MemoryStream();
        try
        {
            while (await reader.ReadDataAsync() is { IsEmpty: false } chunk) data.Write(chunk.Span);
        }
        finally
        {
            Records.Add((record, data.ToArray()));
        }
    }
}

/// <summary>Gives a byte per read, as a slow network may.</summary>
internal sealed class TrickleStream(byte[] bytes) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer.Length > 1 ? buffer[..1] : buffer, cancellationToken);
}
