namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Groups of nodes from ClusterShell's configuration, read when the first group is asked for. Answers are kept for
/// the life of the resolver (one load of the configuration).</summary>
internal sealed class GroupResolver(string configFolder)
{
    public const string DefaultFolder = "/etc/clustershell";

    private readonly Dictionary<(string Source, string Question), string> _answers = [];
    private GroupSources? _sources;

    public string Folder => configFolder;

    /// <summary>The folder CLUSTERSHELL_CFGDIR names, or the usual one.</summary>
    public static GroupResolver System() => new(Environment.GetEnvironmentVariable("CLUSTERSHELL_CFGDIR") is { Length: > 0 } folder ? folder : DefaultFolder);

    /// <summary>The members as a node set; groups without any are an error here, where ClusterShell stays silent.</summary>
    public string Members(string group, string? source)
    {
        GroupSource found = Source(source);
        string members = Answer(found, "map:" + group, () => found.Map(group) ?? "");
        return members.Length > 0 ? members : throw new NodeSetException($"the group '{group}' of source '{found.Name}' has no members");
    }

    /// <summary>All nodes of a source: what it calls all, else the members of each of its groups.</summary>
    public string All(string? source)
    {
        GroupSource found = Source(source);
        return Answer(found, "all", () => found.All() ?? string.Join(',', Names(source).Select(g => found.Map(g) ?? "").Where(m => m.Length > 0)));
    }

    public IReadOnlyList<string> Names(string? source)
    {
        GroupSource found = Source(source);
        string names = Answer(found, "list", () => found.List() ?? throw new NodeSetException($"the source '{found.Name}' cannot list its groups"));
        return names.Length == 0 ? [] : names.Split(',');
    }

    private GroupSource Source(string? name)
    {
        _sources ??= GroupSources.Read(configFolder);
        return _sources.Find(name);
    }

    // Words on any number of lines become one list.
    private string Answer(GroupSource source, string question, Func<string> ask)
    {
        if (_answers.TryGetValue((source.Name, question), out string? known)) return known;
        string answer = string.Join(',', ask().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        _answers[(source.Name, question)] = answer;
        return answer;
    }
}
