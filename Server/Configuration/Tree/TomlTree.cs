namespace SshGateway.Server.Configuration.Tree;

/// <summary>Builds the node tree from TOML 1.0.</summary>
internal sealed class TomlTree
{
    public const int MaxDepth = 64;

    private readonly TomlScanner _scanner;
    private readonly Dictionary<ConfigNode, Origin> _origins = new(ReferenceEqualityComparer.Instance);
    private readonly ConfigNode _root;
    private ConfigNode _current;
    private int _depth;

    private TomlTree(string text, string file)
    {
        _scanner = new TomlScanner(text, file);
        _root = _current = NewTable(_scanner.Mark, Origin.Header);
    }

    // How a table or list came to be decides what may still be added to it.
    private enum Origin { Header, Implied, Dotted, Inline, TableList, ValueList }

    public static ConfigNode Read(string text, string file)
    {
        TomlTree tree = new(text, file);
        tree.ReadDocument();
        return tree._root;
    }

    private void ReadDocument()
    {
        for (_scanner.SkipLines(); !_scanner.AtEnd; _scanner.SkipLines())
        {
            if (_scanner.StartsWith("[[")) ReadListHeader();
            else if (_scanner.Peek == '[') ReadHeader();
            else ReadKeyValue(_current);
            _scanner.EndLine();
        }
    }

    private void ReadHeader()
    {
        ConfigMark mark = _scanner.Mark;
        _scanner.Take();
        List<(string Name, ConfigMark Mark)> key = _scanner.ReadKey();
        _scanner.Expect(']');
        ConfigNode parent = Walk(key);
        (string name, ConfigMark nameMark) = key[^1];
        if (parent.Find(name) is not { } existing)
        {
            _current = NewTable(mark, Origin.Header);
            parent.TryAdd(name, nameMark, _current);
            return;
        }

        if (_origins.GetValueOrDefault(existing) != Origin.Implied || existing.Kind != ConfigKind.Map) throw Twice(name, nameMark);
        _origins[existing] = Origin.Header;
        _current = existing;
    }

    private void ReadListHeader()
    {
        ConfigMark mark = _scanner.Mark;
        _scanner.Skip(2);
        List<(string Name, ConfigMark Mark)> key = _scanner.ReadKey();
        _scanner.Expect(']');
        _scanner.Expect(']');
        ConfigNode parent = Walk(key);
        (string name, ConfigMark nameMark) = key[^1];
        ConfigNode? list = parent.Find(name);
        if (list is null)
        {
            list = new ConfigNode(ConfigKind.List, mark);
            _origins[list] = Origin.TableList;
            parent.TryAdd(name, nameMark, list);
        }
        else if (list.Kind != ConfigKind.List || _origins[list] != Origin.TableList)
        {
            throw Twice(name, nameMark);
        }

        _current = NewTable(mark, Origin.Header);
        list.Add(_current);
    }

    // To the table that holds the last part of a header's key.
    private ConfigNode Walk(List<(string Name, ConfigMark Mark)> key)
    {
        ConfigNode table = _root;
        for (int i = 0; i < key.Count - 1; i++)
        {
            (string name, ConfigMark mark) = key[i];
            ConfigNode? next = table.Find(name);
            if (next is null)
            {
                next = NewTable(mark, Origin.Implied);
                table.TryAdd(name, mark, next);
            }
            else if (next.Kind == ConfigKind.List && _origins[next] == Origin.TableList)
            {
                next = next.Items[^1];
            }
            else if (next.Kind != ConfigKind.Map || _origins[next] == Origin.Inline)
            {
                throw new ConfigSyntaxException(mark, $"'{Shown.Text(name)}' is no table that can be added to");
            }

            table = next;
        }

        return table;
    }

    private void ReadKeyValue(ConfigNode table)
    {
        List<(string Name, ConfigMark Mark)> key = _scanner.ReadKey();
        _scanner.Expect('=');
        _scanner.SkipBlanks();
        for (int i = 0; i < key.Count - 1; i++)
        {
            (string part, ConfigMark partMark) = key[i];
            ConfigNode? next = table.Find(part);
            if (next is null)
            {
                next = NewTable(partMark, Origin.Dotted);
                table.TryAdd(part, partMark, next);
            }
            else if (next.Kind != ConfigKind.Map || _origins[next] != Origin.Dotted)
            {
                throw new ConfigSyntaxException(partMark, $"'{Shown.Text(part)}' was defined elsewhere and cannot be added to here");
            }

            table = next;
        }

        ConfigNode value = ReadValue();
        (string name, ConfigMark mark) = key[^1];
        if (!table.TryAdd(name, mark, value)) throw Twice(name, mark);
    }

    private ConfigNode ReadValue()
    {
        ConfigMark mark = _scanner.Mark;
        switch (_scanner.Peek)
        {
            case '"' or '\'':
                return ConfigNode.Scalar(ConfigKind.String, new TomlStrings(_scanner).Read(), mark);
            case '[':
                return Nested(ReadList);
            case '{':
                return Nested(ReadInlineTable);
            default:
                return TomlScalars.Read(_scanner);
        }
    }

    private ConfigNode Nested(Func<ConfigNode> read)
    {
        if (++_depth > MaxDepth) throw _scanner.Error($"nested more than {MaxDepth} deep");
        ConfigNode node = read();
        _depth--;
        return node;
    }

    private ConfigNode ReadList()
    {
        ConfigNode list = new(ConfigKind.List, _scanner.Mark);
        _origins[list] = Origin.ValueList;
        _scanner.Expect('[');
        _scanner.SkipLines();
        while (_scanner.Peek != ']')
        {
            list.Add(ReadValue());
            _scanner.SkipLines();
            if (_scanner.Peek != ',') break;
            _scanner.Take();
            _scanner.SkipLines();
        }

        _scanner.Expect(']');
        return list;
    }

    private ConfigNode ReadInlineTable()
    {
        ConfigNode table = NewTable(_scanner.Mark, Origin.Inline);
        _scanner.Expect('{');
        _scanner.SkipBlanks();
        if (_scanner.Peek != '}') ReadKeyValue(table);
        for (_scanner.SkipBlanks(); _scanner.Peek == ','; _scanner.SkipBlanks())
        {
            _scanner.Take();
            ReadKeyValue(table);
        }

        _scanner.Expect('}');
        return table;
    }

    private ConfigNode NewTable(ConfigMark mark, Origin origin)
    {
        ConfigNode table = new(ConfigKind.Map, mark);
        _origins[table] = origin;
        return table;
    }

    private static ConfigSyntaxException Twice(string name, ConfigMark mark) => new(mark, $"the key '{Shown.Text(name)}' is given twice");
}
