using System.Buffers;
using System.Globalization;
using System.Text;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Commands;

/// <summary>Writes a node tree as YAML: lists of maps in block style, lists of scalars in flow style where that is asked for.</summary>
internal sealed class YamlText
{
    private static readonly HashSet<string> FlowLists = new(StringComparer.Ordinal) { "dest", "args", "endpoints" };

    private readonly StringBuilder _text = new();

    public static string Write(ConfigNode map)
    {
        YamlText writer = new();
        writer._text.Append("---\n");
        writer.Map(map, 0, startsLine: true);
        return writer._text.ToString();
    }

    private void Map(ConfigNode map, int indent, bool startsLine)
    {
        foreach (ConfigEntry entry in map.Entries)
        {
            if (startsLine) _text.Append(' ', indent);
            startsLine = true;
            _text.Append(Scalar(entry.Key, IsPlainText(entry.Key, inFlow: false))).Append(':');
            switch (entry.Value.Kind)
            {
                case ConfigKind.Map when entry.Value.Entries.Count == 0:
                    _text.Append(" {}\n");
                    break;
                case ConfigKind.Map:
                    _text.Append('\n');
                    Map(entry.Value, indent + 2, startsLine: true);
                    break;
                case ConfigKind.List when entry.Value.Items.Count == 0 || FlowLists.Contains(entry.Key):
                    _text.Append(CultureInfo.InvariantCulture, $" [{string.Join(", ", entry.Value.Items.Select(i => Node(i, inFlow: true)))}]\n");
                    break;
                case ConfigKind.List:
                    _text.Append('\n');
                    List(entry.Value, indent);
                    break;
                default:
                    _text.Append(' ').Append(Node(entry.Value, inFlow: false)).Append('\n');
                    break;
            }
        }
    }

    private void List(ConfigNode list, int indent)
    {
        foreach (ConfigNode item in list.Items)
        {
            _text.Append(' ', indent).Append("- ");
            if (item.Kind == ConfigKind.Map) Map(item, indent + 2, startsLine: false);
            else _text.Append(Node(item, inFlow: false)).Append('\n');
        }
    }

    // What was no text stays none; a text that would read as something else is quoted.
    private static string Node(ConfigNode node, bool inFlow) => Scalar(node.Text, node.Kind != ConfigKind.String || IsPlainText(node.Text, inFlow));

    private static readonly SearchValues<char> FlowCharacters = SearchValues.Create("[]{},:");

    private static bool IsPlainText(string text, bool inFlow)
    {
        if (YamlScalar.KindOf(text) != ConfigKind.String || text != text.Trim() || text.Contains('\n', StringComparison.Ordinal)) return false;
        if ("!&*-?|>@`\"'%#{}[],:=".Contains(text[0], StringComparison.Ordinal) && !(text[0] == '-' && text.Length > 1 && text[1] is not ' ')) return false;
        if (text.Contains(": ", StringComparison.Ordinal) || text.Contains(" #", StringComparison.Ordinal) || text.EndsWith(':')) return false;
        return !inFlow || !text.AsSpan().ContainsAny(FlowCharacters);
    }

    private static string Scalar(string text, bool plain)
    {
        if (plain) return text;
        if (!text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF')) return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (c == '\n') quoted.Append("\\n");
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF') quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
