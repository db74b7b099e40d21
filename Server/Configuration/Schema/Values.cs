using System.Globalization;
using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Parsers of single values and of lists of them.</summary>
internal static class Values
{
    public static bool Text(ConfigNode node, ReadContext context, out string value)
    {
        value = node.Text;
        if (node.Kind == ConfigKind.String || (node.IsPlain && node.IsScalar))
        {
            return !value.Contains('\0', StringComparison.Ordinal) || context.Error(node.Mark, "a text without NUL characters is expected");
        }

        return context.Error(node.Mark, $"a text is expected, not {Describe.Kind(node)}");
    }

    /// <summary>A text in which {state_dir} is replaced.</summary>
    public static bool Path(ConfigNode node, ReadContext context, out string value)
    {
        if (!Text(node, context, out value)) return false;
        value = context.WithStateDir(value);
        return true;
    }

    /// <summary>A path of a file that must be readable (when that is asked for).</summary>
    public static bool KeyFile(ConfigNode node, ReadContext context, out string value)
    {
        if (!Path(node, context, out value)) return false;
        bool fixedPath = value.Length > 0 && !value.Contains('{', StringComparison.Ordinal) && !value.StartsWith("agent:", StringComparison.Ordinal);
        if (!fixedPath || context.Services.FileProblem?.Invoke(value) is not { } problem) return true;
        return context.Error(node.Mark, $"the file '{Shown.Text(value)}' {problem}");
    }

    public static bool Flag(ConfigNode node, ReadContext context, out bool value)
    {
        value = false;
        return (node.Kind == ConfigKind.Boolean && YamlScalar.TryBoolean(node.Text, out value))
            || context.Error(node.Mark, $"true or false is expected, not {Describe.Kind(node)}");
    }

    public static ValueParser<int> Count(int least, int most) => (ConfigNode node, ReadContext context, out int value) =>
    {
        bool good = Integer(node, out long number) && number >= least && number <= most;
        value = good ? (int)number : 0;
        string range = most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        return good || context.Error(node.Mark, $"a whole number {range} is expected, not {Describe.Kind(node)}");
    };

    /// <summary>Bytes: a number, or one with K, M, G or T (powers of 1024).</summary>
    public static bool Size(ConfigNode node, ReadContext context, out long value)
    {
        if (Integer(node, out value) && value >= 0) return true;
        if (node.IsScalar && TrySize(node.Text, out value)) return true;
        return context.Error(node.Mark, $"a number of bytes such as 1048576 or 1M is expected, not {Describe.Kind(node)}");
    }

    public static bool TrySize(string text, out long value)
    {
        value = 0;
        if (text.Length == 0) return false;
        int shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        ReadOnlySpan<char> digits = shift == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue >> shift) return false;
        value = number << shift;
        return true;
    }

    public static bool Duration(ConfigNode node, ReadContext context, out TimeSpan value)
    {
        value = default;
        if (node.IsScalar && DurationText.TryParse(node.Text, out value)) return true;
        return context.Error(node.Mark, $"a duration such as 2m30s, 1h or 500ms is expected, not {Describe.Kind(node)}");
    }

    /// <summary>A duration of at least a millisecond.</summary>
    public static bool PositiveDuration(ConfigNode node, ReadContext context, out TimeSpan value)
    {
        if (!Duration(node, context, out value)) return false;
        return value >= TimeSpan.FromMilliseconds(1) || context.Error(node.Mark, "a duration of at least 1ms is expected");
    }

    /// <summary>A whole number of seconds, or a duration.</summary>
    public static bool Seconds(ConfigNode node, ReadContext context, out TimeSpan value)
    {
        value = default;
        if (Integer(node, out long seconds) && seconds is >= 0 and <= 10L * 366 * 86400)
        {
            value = TimeSpan.FromSeconds(seconds);
            return true;
        }

        if (node.Kind != ConfigKind.Integer && node.IsScalar && DurationText.TryParse(node.Text, out value)) return true;
        return context.Error(node.Mark, $"a number of seconds, or a duration such as 1h, is expected, not {Describe.Kind(node)}");
    }

    public static ValueParser<T> Choice<T>(params (string Name, T Value)[] choices) => (ConfigNode node, ReadContext context, out T value) =>
    {
        foreach ((string name, T choice) in choices)
        {
            // TOML people write false for off.
            if (node.IsScalar && (node.Text == name || (name == "off" && node is { Kind: ConfigKind.Boolean, Text: "false" })))
            {
                value = choice;
                return true;
            }
        }

        value = default!;
        string known = string.Join(", ", choices.Select(c => c.Name));
        string hint = node.IsScalar ? Describe.Suggestion(node.Text, choices.Select(c => c.Name)) : "";
        return context.Error(node.Mark, $"one of {known} is expected, not {Describe.Kind(node)}{hint}");
    };

    /// <summary>A list; a single scalar counts as a list of one.</summary>
    public static ValueParser<IReadOnlyList<T>> ListOf<T>(ValueParser<T> item) => (ConfigNode node, ReadContext context, out IReadOnlyList<T> value) =>
    {
        value = [];
        if (node.Kind == ConfigKind.Map) return context.Error(node.Mark, "a list is expected, not a map");
        IReadOnlyList<ConfigNode> nodes = node.Kind == ConfigKind.List ? node.Items : [node];
        List<T> items = new(nodes.Count);
        bool good = true;
        foreach (ConfigNode one in nodes)
        {
            if (item(one, context, out T parsed)) items.Add(parsed);
            else good = false;
        }

        value = items.ToArray();
        return good;
    };

    public static bool Network(ConfigNode node, ReadContext context, out IPNetwork value)
    {
        value = default;
        if (!Text(node, context, out string text)) return false;
        if (IPAddress.TryParse(text, out IPAddress? single)) text = $"{single}/{(single.GetAddressBytes().Length == 4 ? 32 : 128)}";
        return IPNetwork.TryParse(text, out value)
            || context.Error(node.Mark, $"a network such as 10.0.0.0/8, or an address, is expected, not {Describe.Kind(node)}");
    }

    public static bool Integer(ConfigNode node, out long value)
    {
        value = 0;
        return node.Kind == ConfigKind.Integer && YamlScalar.TryInteger(node.Text, out value);
    }
}
