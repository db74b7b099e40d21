using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Reads ClusterShell's groups.conf, the folders it names, and the YAML files of groups therein.</summary>
internal sealed class GroupSources
{
    private const int MaxFileBytes = 16 << 20;
    private readonly Dictionary<string, GroupSource> _sources = new(StringComparer.Ordinal);
    private readonly string _folder;
    private string _default = "";

    private GroupSources(string folder) => _folder = folder;

    public static GroupSources Read(string folder)
    {
        GroupSources sources = new(folder);
        string file = Path.Combine(folder, "groups.conf");
        if (!File.Exists(file)) throw new NodeSetException($"there are no groups: {file} does not exist");
        IniFile main = ReadIni(file);
        string confdir = main.Find("Main", "groupsdir") ?? main.Find("Main", "confdir") ?? "";
        foreach (string path in sources.Folders(confdir)) sources.ReadParts(path);
        foreach (string path in sources.Folders(main.Find("Main", "autodir") ?? "")) sources.ReadYamlFiles(path);
        sources.AddSections(main, folder);
        sources._default = main.Find("Main", "default") ?? "";
        return sources;
    }

    public GroupSource Find(string? name)
    {
        string wanted = string.IsNullOrEmpty(name) ? _default : name;
        if (wanted.Length == 0 && _sources.Count > 0) return _sources.Values.First();
        return _sources.GetValueOrDefault(wanted) ?? throw new NodeSetException($"there is no group source '{wanted}'");
    }

    private IEnumerable<string> Folders(string list) =>
        UpcallCommand.Split(list).Select(f => f.Replace("$CFGDIR", _folder, StringComparison.Ordinal)).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Where(Directory.Exists);

    private void ReadParts(string folder)
    {
        foreach (string file in Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal))
        {
            if (TryReadText(file) is { } text) AddSections(IniFile.Parse(text, file), folder);
        }
    }

    private void ReadYamlFiles(string folder)
    {
        foreach (string file in Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            if (TryReadText(file) is { } text) AddYaml(text, file);
        }
    }

    private void AddYaml(string text, string file)
    {
        ConfigNode root;
        try
        {
            root = YamlTree.Read(text, file);
        }
        catch (ConfigSyntaxException e)
        {
            throw new NodeSetException($"{file}:{e.Mark.Line}: {e.Message}");
        }

        foreach (ConfigEntry source in root.Entries)
        {
            if (source.Value.Kind != ConfigKind.Map) throw new NodeSetException($"{file}:{source.Mark.Line}: a map of groups is expected");
            Dictionary<string, string> groups = new(StringComparer.Ordinal);
            foreach (ConfigEntry group in source.Value.Entries)
            {
                groups[group.Key] = group.Value.Kind == ConfigKind.List ? string.Join(',', group.Value.Items.Select(i => i.Text)) : group.Value.Text;
            }

            _sources.TryAdd(source.Key, new FileGroupSource(source.Key, groups));
        }
    }

    private void AddSections(IniFile file, string folder)
    {
        foreach ((string section, IReadOnlyDictionary<string, string> options) in file.Sections)
        {
            if (section == "Main") continue;
            foreach (string name in section.Split(','))
            {
                if (!options.ContainsKey("map")) throw new NodeSetException($"the group source '{name}' has no 'map'");
                _sources.TryAdd(name, FlatGroupFile.Recognise(name, options, folder) ?? new UpcallGroupSource(name, folder, options));
            }
        }
    }

    private static IniFile ReadIni(string file) => IniFile.Parse(TryReadText(file) ?? throw new NodeSetException($"{file} cannot be read"), file);

    private static string? TryReadText(string file)
    {
        try
        {
            return new FileInfo(file).Length > MaxFileBytes ? null : File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
