using System.Text;
using System.Text.Json;

namespace SshGateway.Storage.State;

/// <summary>Texts and small maps in the form that a database takes.</summary>
internal static class StoredText
{
    private static readonly Dictionary<string, string> EmptyDetails = [];

    /// <summary>What no database column holds, NUL and halves of surrogate pairs, becomes U+FFFD: a strange name must not fail a login.</summary>
    public static string Clean(string text)
    {
        if (!NeedsCleaning(text)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        return clean.ToString();
    }

    public static string DetailsToJson(IReadOnlyDictionary<string, string> details)
    {
        if (details.Count == 0) return "{}";
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach ((string key, string value) in details) writer.WriteString(Clean(key), Clean(value));
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static IReadOnlyDictionary<string, string> DetailsFromJson(string json)
    {
        if (json == "{}") return EmptyDetails;
        // Read a token at a time: a list of sessions has a hundred thousand of these.
        var details = new Dictionary<string, string>();
        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(text);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.String)
            {
                details[name] = reader.GetString()!;
                continue;
            }
            reader.Skip();
            details[name] = Encoding.UTF8.GetString(text[start..(int)reader.BytesConsumed]);
        }
        return details;
    }

    public static string ListToJson(IReadOnlyList<string> list)
    {
        if (list.Count == 0) return "[]";
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (string item in list) writer.WriteStringValue(Clean(item));
            writer.WriteEndArray();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static IReadOnlyList<string> ListFromJson(string json)
    {
        if (json == "[]") return [];
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(e => e.GetString() ?? "")];
    }

    /// <summary>One line without control characters, for messages that are shown.</summary>
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    private static bool NeedsCleaning(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\0') return true;
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return true;
            i++;
        }
        return false;
    }
}
