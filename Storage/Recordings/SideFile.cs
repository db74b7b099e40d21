using System.Buffers;
using System.Text.Json;

namespace SshGateway.Storage.Recordings;

/// <summary>A size of the terminal, from the file beside a dump.</summary>
public readonly record struct SideResize(ulong TimeNs, int Columns, int Rows);

/// <summary>
/// The file beside a dump: what version 1 of the format has no place for. One JSON object a line, each with <c>time</c> (nanoseconds since
/// 1970) and <c>event</c>. The dump itself stays what every reader of version 1 expects.
/// </summary>
public static class SideFile
{
    /// <summary>Follows the name of the dump.</summary>
    public const string Suffix = ".events";

    private const int LongestLine = 64 * 1024;

    /// <summary>The line that says that the terminal has this size from now on.</summary>
    public static byte[] ResizeLine(ulong timeNs, int columns, int rows) => Line(timeNs, "resize", json =>
    {
        json.WriteNumber("columns", columns);
        json.WriteNumber("rows", rows);
    });

    /// <summary>A line about the recording itself.</summary>
    public static byte[] NoteLine(ulong timeNs, string kind, string text, IReadOnlyList<KeyValuePair<string, string>> values) => Line(timeNs, kind, json =>
    {
        json.WriteString("text", text);
        foreach ((string name, string value) in values)
        {
            if (long.TryParse(value, out long number)) json.WriteNumber(name, number);
            else json.WriteString(name, value);
        }
    });

    /// <summary>The sizes in the file, in its order. What is no line of ours is passed over: the file is an addition, not the recording.</summary>
    public static IReadOnlyList<SideResize> ReadResizes(Stream stream)
    {
        var resizes = new List<SideResize>();
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length <= LongestLine && TryReadResize(line, out SideResize resize)) resizes.Add(resize);
        }

        return resizes;
    }

    private static byte[] Line(ulong timeNs, string kind, Action<Utf8JsonWriter> write)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("time", timeNs);
            json.WriteString("event", kind);
            write(json);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    private static bool TryReadResize(string line, out SideResize resize)
    {
        resize = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("event", out JsonElement kind) || !IsResize(kind)) return false;
            if (!TryNumber(root, "time", out ulong time) || !TryNumber(root, "columns", out ulong columns) || !TryNumber(root, "rows", out ulong rows)) return false;
            if (columns > int.MaxValue || rows > int.MaxValue) return false;
            resize = new SideResize(time, (int)columns, (int)rows);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsResize(JsonElement kind) => kind.ValueKind == JsonValueKind.String && kind.ValueEquals("resize");

    private static bool TryNumber(JsonElement root, string name, out ulong value)
    {
        value = 0;
        return root.TryGetProperty(name, out JsonElement element) && element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out value);
    }
}
