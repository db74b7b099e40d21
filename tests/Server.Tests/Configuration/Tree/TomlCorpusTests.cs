using System.Globalization;
using System.Text;
using System.Text.Json;
using SshGateway.Server.Configuration.Tree;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.Tree;

/// <summary>The corpus of the TOML project: what is valid reads as its JSON says, what is invalid is refused with a place.</summary>
public sealed class TomlCorpusTests
{
    [ReferenceFact("toml-test")]
    public void Valid_documents_read_as_their_json()
    {
        List<string> failures = [];
        int count = 0;
        foreach (string file in Files("valid/"))
        {
            count++;
            using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".json")));
            try
            {
                if (!Same(Read(file), expected.RootElement, out string difference)) failures.Add($"{file}: {difference}");
            }
            catch (ConfigSyntaxException e)
            {
                failures.Add($"{file}: {e.Mark} {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(count, 200, 1000);
    }

    [ReferenceFact("toml-test")]
    public void Invalid_documents_are_refused_with_a_place()
    {
        List<string> failures = [];
        int count = 0;
        foreach (string file in Files("invalid/"))
        {
            count++;
            try
            {
                Read(file);
                failures.Add($"{file}: accepted");
            }
            catch (ConfigSyntaxException e)
            {
                int lines = File.ReadAllText(file).Count(c => c == '\n') + 1;
                if (e.Mark.Line < 1 || e.Mark.Line > lines || e.Mark.Column < 1) failures.Add($"{file}: {e.Mark}");
            }
            catch (DecoderFallbackException)
            {
                // Not UTF-8: refused before the reader sees it.
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.InRange(count, 300, 1000);
    }

    private static IEnumerable<string> Files(string prefix)
    {
        string folder = Reference.Folder("toml-test")!;
        return File.ReadLines(Path.Combine(folder, "files-toml-1.0.0"))
            .Where(l => l.StartsWith(prefix, StringComparison.Ordinal) && l.EndsWith(".toml", StringComparison.Ordinal))
            .Select(l => Path.Combine(folder, l));
    }

    private static ConfigNode Read(string file)
    {
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file));
        return TomlTree.Read(text.StartsWith('\uFEFF') ? text[1..] : text, file);
    }

    private static bool Same(ConfigNode node, JsonElement json, out string difference)
    {
        difference = "";
        if (json.ValueKind == JsonValueKind.Array)
        {
            if (node.Kind != ConfigKind.List || node.Items.Count != json.GetArrayLength())
            {
                difference = $"{node.Mark}: list of {json.GetArrayLength()} expected";
                return false;
            }

            for (int i = 0; i < node.Items.Count; i++)
            {
                if (!Same(node.Items[i], json[i], out difference)) return false;
            }

            return true;
        }

        if (node.Kind != ConfigKind.Map) return SameScalar(node, json, out difference);
        if (node.Entries.Count != json.EnumerateObject().Count())
        {
            difference = $"{node.Mark}: other number of keys";
            return false;
        }

        foreach (ConfigEntry entry in node.Entries)
        {
            if (!json.TryGetProperty(entry.Key, out JsonElement value))
            {
                difference = $"{entry.Mark}: key {entry.Key} not expected";
                return false;
            }

            if (!Same(entry.Value, value, out difference)) return false;
        }

        return true;
    }

    private static bool SameScalar(ConfigNode node, JsonElement json, out string difference)
    {
        string type = json.GetProperty("type").GetString()!;
        string value = json.GetProperty("value").GetString()!;
        (ConfigKind kind, bool same) = type switch
        {
            "string" => (ConfigKind.String, node.Text == value),
            "integer" => (ConfigKind.Integer, node.Text == value),
            "bool" => (ConfigKind.Boolean, node.Text == value),
            "float" => (ConfigKind.Float, Number(node.Text).Equals(Number(value))),
            "datetime" => (ConfigKind.OffsetDateTime, Fraction(node.Text) == Fraction(value)),
            "datetime-local" => (ConfigKind.LocalDateTime, Fraction(node.Text) == Fraction(value)),
            "date-local" => (ConfigKind.LocalDate, node.Text == value),
            _ => (ConfigKind.LocalTime, Fraction(node.Text) == Fraction(value)),
        };
        difference = $"{node.Mark}: {type} {value} expected, not {node.Kind} {node.Text}";
        return kind == node.Kind && same;
    }

    private static double Number(string text) => text.TrimStart('+', '-') switch
    {
        "inf" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        "nan" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    // Trailing zeros of a fraction say nothing.
    private static string Fraction(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0) return text;
        int end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return text[..point] + text[point..end].TrimEnd('0').TrimEnd('.') + text[end..];
    }
}
