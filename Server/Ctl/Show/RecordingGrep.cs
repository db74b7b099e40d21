using System.Globalization;
using System.Text;
using System.Text.Json;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Show;

/// <summary>Searches one recording for a text.</summary>
internal static class RecordingGrep
{
    private const int MaxLine = 1 << 20;

    /// <summary>A place where the text stands.</summary>
    public sealed record Match(DateTimeOffset Time, string Stream, string Line);

    /// <exception cref="IOException">It cannot be read; the message says why in a few words.</exception>
    public static async Task<IReadOnlyList<Match>> FindAsync(RecordingRecord recording, string text, CancellationToken cancellationToken)
    {
        List<Match> matches = [];
        if (recording.Command.Contains(text, StringComparison.Ordinal)) matches.Add(new Match(recording.Start, "cmd", recording.Command));
        var search = new TextSearch(text, m => matches.Add(new Match(UnixNanoseconds.ToUtc(m.TimeNs), Stream(m.Descriptor), m.Line)));
        try
        {
            await using FileStream file = new(recording.Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
            if (recording.Format == "asciicast") await FeedAsciicastAsync(file, recording.Start, search, cancellationToken);
            else await FeedDumpAsync(file, search, cancellationToken);
        }
        catch (DumpFormatException)
        {
            // Cut or damaged: all before that was searched.
        }
        catch (Exception e) when (e is UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException(e.Message, e);
        }

        search.Finish();
        return matches;
    }

    private static async Task FeedDumpAsync(Stream file, TextSearch search, CancellationToken cancellationToken)
    {
        DumpReader reader = new(file);
        await reader.ReadHeaderAsync(cancellationToken);
        while (await reader.ReadRecordAsync(cancellationToken) is { } record)
        {
            while (await reader.ReadDataAsync(cancellationToken) is { IsEmpty: false } chunk) search.Feed(record.TimeNs, record.Descriptor, chunk.Span);
        }
    }

    // A line that is a map, then lines of [seconds, "o" or "i", "text"]; the seconds count from the start, or (version 3) from the line before.
    private static async Task FeedAsciicastAsync(Stream file, DateTimeOffset start, TextSearch search, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(file, Encoding.UTF8);
        string header = await reader.ReadLineAsync(cancellationToken) ?? "";
        bool isRelative = header.Contains("\"version\": 3", StringComparison.Ordinal) || header.Contains("\"version\":3", StringComparison.Ordinal);
        double seconds = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > MaxLine || ParseEvent(line) is not { } item) continue;
            seconds = isRelative ? seconds + item.Seconds : item.Seconds;
            if (item.Stream is { } stream) search.Feed(UnixNanoseconds.From(start.AddSeconds(seconds)), stream, Encoding.UTF8.GetBytes(item.Text));
        }
    }

    // Null where a line is cut in the middle, as the last one of a session that still runs.
    private static (double Seconds, DumpDescriptor? Stream, string Text)? ParseEvent(string line)
    {
        try
        {
            using var parsed = JsonDocument.Parse(line);
            if (parsed.RootElement is not { ValueKind: JsonValueKind.Array } item || item.GetArrayLength() < 3) return null;
            double seconds = item[0].GetDouble();
            DumpDescriptor? stream = item[1].GetString() switch { "o" => DumpDescriptor.Output, "i" => DumpDescriptor.Input, _ => null };
            return seconds is >= 0 and < 1e9 ? (seconds, stream, item[2].GetString() ?? "") : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string Stream(DumpDescriptor descriptor) => descriptor.ToString().ToLower(CultureInfo.InvariantCulture);
}
