using System.Text;
using SshGateway.Replay.Listing;
using SshGateway.Storage.Recordings;

namespace SshGateway.Replay.Search;

/// <summary>One line for each place where a session holds a text: file, time, stream, the line it is in.</summary>
internal sealed class SearchListing(Stream output, DumpTimeText times, string file, string text)
{
    /// <summary>How many lines were printed.</summary>
    public int Found { get; private set; }

    /// <exception cref="DumpFormatException">The dump is damaged or cut; all before that was searched.</exception>
    public async Task WriteAsync(DumpReader reader, CancellationToken cancellationToken)
    {
        DumpHeader header = await reader.ReadHeaderAsync(cancellationToken);
        if (header.CommandText.Contains(text, StringComparison.Ordinal)) Write(header.StartNs, "cmd", header.CommandText);
        var search = new TextSearch(text, match => Write(match.TimeNs, HexListing.Arrow(match.Descriptor), match.Line));
        try
        {
            while (await reader.ReadRecordAsync(cancellationToken) is { } record)
            {
                while (await reader.ReadDataAsync(cancellationToken) is { IsEmpty: false } chunk)
                    search.Feed(record.TimeNs, record.Descriptor, chunk.Span);
            }
        }
        finally
        {
            search.Finish();
        }
    }

    private void Write(ulong timeNs, string source, string line)
    {
        Found++;
        output.Write(Encoding.UTF8.GetBytes(
            $"{PrintableText.Escape(file)}: {times.Second(timeNs)} [{source}] {PrintableText.Escape(line)}\n"));
    }
}
