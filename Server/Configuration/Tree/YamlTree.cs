using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>Builds the node tree from YAML events, without recursion. One document; aliases and depth are bounded.</summary>
internal sealed class YamlTree
{
    public const int MaxDepth = 64;
    public const int MaxNodes = 2_000_000;

    private readonly string _file;
    private readonly Stack<Frame> _open = new();
    private readonly Dictionary<string, ConfigNode> _anchors = new(StringComparer.Ordinal);
    private long _nodes;
    private ConfigNode? _root;

    private YamlTree(string file) => _file = file;

    /// <summary>The root node; an empty document gives an empty map.</summary>
    public static ConfigNode Read(string text, string file)
    {
        YamlTree tree = new(file);
        ConfigMark last = new(file, 1, 1);
        try
        {
            Parser parser = new(new StringReader(text));
            while (parser.MoveNext())
            {
                last = tree.MarkOf(parser.Current!.Start);
                tree.Accept(parser.Current);
            }
        }
        catch (YamlException e)
        {
            throw new ConfigSyntaxException(tree.MarkOf(e.Start), "not valid YAML: " + Shown.Text((e.InnerException ?? e).Message));
        }
        catch (Exception e) when (e is not ConfigSyntaxException and not OutOfMemoryException)
        {
            // The library lets some exceptions of its internals out for damaged texts (bad escapes, numbers out of range).
            throw new ConfigSyntaxException(last, "not valid YAML behind this place: " + Shown.Text(e.Message));
        }

        return tree._root is null or { Kind: ConfigKind.Null }
            ? new ConfigNode(ConfigKind.Map, new ConfigMark(file, 1, 1))
            : tree._root;
    }

    private void Accept(ParsingEvent e)
    {
        switch (e)
        {
            case DocumentStart when _root is not null:
                throw Error(e, "a second YAML document is not expected here");
            case MappingStart start:
                Open(start, ConfigKind.Map);
                break;
            case SequenceStart start:
                Open(start, ConfigKind.List);
                break;
            case MappingEnd or SequenceEnd:
                Close();
                break;
            case Scalar scalar:
                AcceptScalar(scalar);
                break;
            case AnchorAlias alias:
                if (!_anchors.TryGetValue(alias.Value.Value, out ConfigNode? target)) throw Error(e, "the alias refers to nothing that is complete");
                Place(target, MarkOf(e.Start));
                break;
        }
    }

    private void Open(NodeEvent e, ConfigKind kind)
    {
        if (_open.Count > 0 && _open.Peek().NeedsKey) throw Error(e, "a key must be a plain text");
        if (_open.Count >= MaxDepth) throw Error(e, $"nested more than {MaxDepth} deep");
        CheckTag(e);
        _open.Push(new Frame(new ConfigNode(kind, MarkOf(e.Start)), e.Anchor.IsEmpty ? null : e.Anchor.Value));
    }

    private void Close()
    {
        Frame frame = _open.Pop();
        foreach ((ConfigNode source, ConfigMark mark) in frame.Merges) Merge(frame.Node, source, mark);
        if (frame.Anchor is not null) _anchors[frame.Anchor] = frame.Node;
        Place(frame.Node, frame.Node.Mark);
    }

    private void AcceptScalar(Scalar scalar)
    {
        if (_open.Count > 0 && _open.Peek().NeedsKey)
        {
            _open.Peek().Key = scalar.Value;
            _open.Peek().KeyIsMerge = scalar is { Value: "<<", Style: ScalarStyle.Plain };
            _open.Peek().KeyMark = MarkOf(scalar.Start);
            return;
        }

        CheckTag(scalar);
        bool plain = scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific);
        ConfigNode node = new(plain ? YamlScalar.KindOf(scalar.Value) : ConfigKind.String, MarkOf(scalar.Start))
        {
            Text = scalar.Value,
            IsPlain = plain,
        };
        if (!scalar.Anchor.IsEmpty) _anchors[scalar.Anchor.Value] = node;
        Place(node, node.Mark);
    }

    private void Place(ConfigNode node, ConfigMark mark)
    {
        if (_open.Count == 0)
        {
            _root = node;
            return;
        }

        Frame frame = _open.Peek();
        if (frame.NeedsKey) throw new ConfigSyntaxException(mark, "a key must be a plain text");
        _nodes += node.Weight;
        if (_nodes > MaxNodes || frame.Node.Weight + node.Weight > MaxNodes) throw new ConfigSyntaxException(mark, $"more than {MaxNodes} values (aliases are counted each time)");
        if (frame.Node.Kind == ConfigKind.List)
        {
            frame.Node.Add(node);
            return;
        }

        string key = frame.Key!;
        frame.Key = null;
        if (frame.KeyIsMerge) frame.Merges.Add((node, mark));
        else if (!frame.Node.TryAdd(key, frame.KeyMark, node)) throw new ConfigSyntaxException(frame.KeyMark, $"the key '{Shown.Text(key)}' is given twice");
    }

    // The merge key "<<": entries of the maps it names, where the map itself has none.
    private static void Merge(ConfigNode target, ConfigNode source, ConfigMark mark)
    {
        IReadOnlyList<ConfigNode> maps = source.Kind == ConfigKind.List ? source.Items : [source];
        foreach (ConfigNode map in maps)
        {
            if (map.Kind != ConfigKind.Map) throw new ConfigSyntaxException(mark, "'<<' expects a map or a list of maps");
            foreach (ConfigEntry entry in map.Entries) target.TryAdd(entry.Key, entry.Mark, entry.Value);
        }
    }

    private void CheckTag(NodeEvent e)
    {
        if (e.Tag.IsEmpty || e.Tag.IsNonSpecific) return;
        if (!e.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal)) throw Error(e, $"the tag '{Shown.Text(e.Tag.Value)}' means nothing here");
    }

    private ConfigSyntaxException Error(ParsingEvent e, string message) => new(MarkOf(e.Start), message);

    private ConfigMark MarkOf(Mark mark) => new(_file, (int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private sealed class Frame(ConfigNode node, string? anchor)
    {
        public ConfigNode Node { get; } = node;

        public string? Anchor { get; } = anchor;

        public string? Key { get; set; }

        public bool KeyIsMerge { get; set; }

        public ConfigMark KeyMark { get; set; }

        public List<(ConfigNode Source, ConfigMark Mark)> Merges { get; } = [];

        public bool NeedsKey => Node.Kind == ConfigKind.Map && Key is null;
    }
}
