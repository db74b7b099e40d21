namespace SshGateway.Server.Configuration.Tree;

internal enum ConfigKind { Null, String, Integer, Float, Boolean, OffsetDateTime, LocalDateTime, LocalDate, LocalTime, List, Map }

/// <summary>A place in a file; line and column count from 1.</summary>
internal readonly record struct ConfigMark(string File, int Line, int Column);

internal readonly record struct ConfigEntry(string Key, ConfigMark Mark, ConfigNode Value);

/// <summary>A value of a configuration file, whichever syntax it was written in.</summary>
internal sealed class ConfigNode(ConfigKind kind, ConfigMark mark)
{
    private List<ConfigNode>? _items;
    private List<ConfigEntry>? _entries;
    private Dictionary<string, int>? _index;

    public ConfigKind Kind { get; } = kind;

    public ConfigMark Mark { get; } = mark;

    /// <summary>The text of a scalar, escapes resolved. Numbers, dates and booleans are in their canonical form.</summary>
    public string Text { get; init; } = "";

    /// <summary>An unquoted YAML scalar: it can stand for a string whatever it looks like.</summary>
    public bool IsPlain { get; init; }

    public IReadOnlyList<ConfigNode> Items => _items ?? (IReadOnlyList<ConfigNode>)[];

    public IReadOnlyList<ConfigEntry> Entries => _entries ?? (IReadOnlyList<ConfigEntry>)[];

    /// <summary>Nodes in this subtree, aliases counted each time they are used.</summary>
    public long Weight { get; private set; } = 1;

    public bool IsScalar => Kind is not (ConfigKind.List or ConfigKind.Map);

    public static ConfigNode Scalar(ConfigKind kind, string text, ConfigMark mark) => new(kind, mark) { Text = text };

    public ConfigNode? Find(string key) => _index is not null && _index.TryGetValue(key, out int i) ? _entries![i].Value : null;

    public void Add(ConfigNode item)
    {
        (_items ??= []).Add(item);
        Weight += item.Weight;
    }

    /// <summary>False when the key is already there.</summary>
    public bool TryAdd(string key, ConfigMark mark, ConfigNode value)
    {
        _entries ??= [];
        _index ??= new Dictionary<string, int>(StringComparer.Ordinal);
        if (!_index.TryAdd(key, _entries.Count)) return false;
        _entries.Add(new ConfigEntry(key, mark, value));
        Weight += value.Weight;
        return true;
    }
}
