namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>One source of groups. Null: the source cannot answer that question.</summary>
internal abstract class GroupSource(string name)
{
    public string Name { get; } = name;

    public abstract string? Map(string group);

    public abstract string? All();

    public abstract string? List();
}

/// <summary>Groups written in a file: name → node set.</summary>
internal sealed class FileGroupSource(string name, IReadOnlyDictionary<string, string> groups) : GroupSource(name)
{
    public override string? Map(string group) => groups.GetValueOrDefault(group);

    public override string? All() => groups.GetValueOrDefault("all");

    public override string? List() => string.Join(' ', groups.Keys);
}

/// <summary>Groups that commands tell. The commands are run without a shell.</summary>
internal sealed class UpcallGroupSource(string name, string folder, IReadOnlyDictionary<string, string> commands) : GroupSource(name)
{
    public override string? Map(string group) => Ask("map", group);

    public override string? All() => commands.ContainsKey("all") ? Ask("all", "") : null;

    public override string? List() => commands.ContainsKey("list") ? Ask("list", "") : null;

    private string Ask(string question, string group)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal) { ["CFGDIR"] = folder, ["SOURCE"] = Name, ["GROUP"] = group };
        return UpcallCommand.Run(commands[question], variables, folder);
    }
}
