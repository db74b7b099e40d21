using System.Text;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Listing;

/// <summary>The header and all records of a dump, in hex.</summary>
internal sealed class HexListing(Stream output, DumpTimeText times)
{
    private readonly HexDump _hex = new(output);
    private ulong? _firstNs;

    /// <exception cref="DumpFormatException">The dump is damaged or cut; all before that was written.</exception>
    public async Task WriteAsync(DumpReader reader, CancellationToken cancellationToken)
    {
        DumpHeader header = await reader.ReadHeaderAsync(cancellationToken);
        Write(HeaderText.Describe(header, times));
        while (await reader.ReadRecordAsync(cancellationToken) is { } record) await WriteRecordAsync(reader, record, cancellationToken);
    }

    public static string Arrow(DumpDescriptor descriptor) => descriptor switch
    {
        DumpDescriptor.Input => "-->",
        DumpDescriptor.Output => "<--",
        _ => "<==",
    };

    private async Task WriteRecordAsync(DumpReader reader, DumpRecord record, CancellationToken cancellationToken)
    {
        string time = _firstNs is { } first ? DumpTimeText.Since(first, record.TimeNs) : times.Day(record.TimeNs);
        _firstNs ??= record.TimeNs;
        Write($"[{time}] [{Arrow(record.Descriptor)}] {record.Size} bytes\n");
        try
        {
            while (await reader.ReadDataAsync(cancellationToken) is { IsEmpty: false } chunk) _hex.Write(chunk.Span);
        }
        finally
        {
            // The bytes that a cut record has are shown too.
            _hex.Finish();
            Write("\n");
        }
    }

    private void Write(string text) => output.Write(Encoding.UTF8.GetBytes(text));
}
