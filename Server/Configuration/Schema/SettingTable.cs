using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Reads a node into a value; false after it has reported what is wrong.</summary>
internal delegate bool ValueParser<T>(ConfigNode node, ReadContext context, out T value);

/// <summary>The keys a map may have. Reading one gives a change to apply to a target, so that the keys of the file and of
/// each override are parsed and checked once, and applied in any combination later.</summary>
internal sealed class SettingTable<TTarget>
{
    private delegate Func<TTarget, TTarget>? Reader(ConfigNode node, ReadContext context);

    private readonly Dictionary<string, Reader> _readers = new(StringComparer.Ordinal);
    private readonly List<string> _paths = [];

    /// <summary>Every key with its section, such as <c>destination.user</c>.</summary>
    public IReadOnlyList<string> Paths => _paths;

    public IReadOnlyCollection<string> Names => _readers.Keys;

    public SettingTable<TTarget> Add<TValue>(string name, ValueParser<TValue> parse, Func<TTarget, TValue, TTarget> set)
    {
        _paths.Add(name);
        _readers.Add(name, (node, context) => parse(node, context, out TValue value) ? target => set(target, value) : null);
        return this;
    }

    /// <summary>A key that is accepted, with a warning that says why it has no effect.</summary>
    public SettingTable<TTarget> Ignore(string name, string warning)
    {
        _paths.Add(name);
        _readers.Add(name, (node, context) =>
        {
            context.Warn(node.Mark, $"'{name}' {warning}");
            return null;
        });
        return this;
    }

    public SettingTable<TTarget> Section<TInner>(
        string name, SettingTable<TInner> inner, Func<TTarget, TInner> get, Func<TTarget, TInner, TTarget> set)
    {
        foreach (string path in inner.Paths) _paths.Add($"{name}.{path}");
        _readers.Add(name, (node, context) =>
        {
            if (node.Kind != ConfigKind.Map)
            {
                context.Error(node.Mark, $"'{name}' expects a map, not {Describe.Kind(node)}");
                return null;
            }

            List<Func<TInner, TInner>> changes = [];
            inner.Read(node, context, changes);
            if (changes.Count == 0) return null;
            Func<TInner, TInner>[] fixedChanges = [.. changes];
            return target =>
            {
                TInner section = get(target);
                foreach (Func<TInner, TInner> change in fixedChanges) section = change(section);
                return set(target, section);
            };
        });
        return this;
    }

    public void Read(ConfigNode map, ReadContext context, List<Func<TTarget, TTarget>> changes)
    {
        foreach (ConfigEntry entry in map.Entries)
        {
            if (!TryRead(entry, context, changes)) context.Error(entry.Mark, Describe.UnknownKey(entry.Key, Names));
        }
    }

    /// <summary>False when the key is none of this table. A key without a value counts as not given.</summary>
    public bool TryRead(ConfigEntry entry, ReadContext context, List<Func<TTarget, TTarget>> changes)
    {
        if (!_readers.TryGetValue(entry.Key, out Reader? reader)) return false;
        if (entry.Value.Kind != ConfigKind.Null && reader(entry.Value, context) is { } change) changes.Add(change);
        return true;
    }
}
