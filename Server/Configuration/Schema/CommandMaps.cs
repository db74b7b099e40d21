using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The two maps whose keys are free: environment and translate_commands. Those of overrides merge into those before.</summary>
internal static class CommandMaps
{
    private static readonly SettingTable<TranslatedCommand> Translation = new SettingTable<TranslatedCommand>()
        .Add<SshArguments>("ssh_args", SshArgumentReader.Read, (t, v) => t with { Arguments = v })
        .Add<string>("command", Values.Text, (t, v) => t with { Command = v })
        .Add<bool>("disable_dump", Values.Flag, (t, v) => t with { DisableDump = v });

    public static IReadOnlyList<string> TranslationKeys => Translation.Paths;

    public static bool Environment(ConfigNode node, ReadContext context, out List<KeyValuePair<string, string>> value)
    {
        value = [];
        if (node.Kind != ConfigKind.Map) return context.Error(node.Mark, $"a map of variables is expected, not {Describe.Kind(node)}");
        bool good = true;
        foreach (ConfigEntry entry in node.Entries)
        {
            if (entry.Key.Length == 0 || entry.Key.AsSpan().IndexOfAny('=', '\0') >= 0)
            {
                good = context.Error(entry.Mark, $"'{Shown.Text(entry.Key)}' is no name of a variable");
            }
            else if (entry.Value.Kind == ConfigKind.Null)
            {
                value.Add(KeyValuePair.Create(entry.Key, ""));
            }
            else if (Values.Text(entry.Value, context, out string text))
            {
                value.Add(KeyValuePair.Create(entry.Key, text));
            }
            else
            {
                good = false;
            }
        }

        return good;
    }

    public static RouteConfiguration Merge(RouteConfiguration route, List<KeyValuePair<string, string>> variables)
    {
        OrderedDictionary<string, string> merged = new(route.Environment, StringComparer.Ordinal);
        foreach ((string name, string text) in variables) merged[name] = text;
        return route with { Environment = merged };
    }

    public static bool Translations(ConfigNode node, ReadContext context, out Dictionary<string, TranslatedCommand> value)
    {
        value = new Dictionary<string, TranslatedCommand>(StringComparer.Ordinal);
        if (node.Kind != ConfigKind.Map) return context.Error(node.Mark, $"a map of commands is expected, not {Describe.Kind(node)}");
        int errors = context.Errors.Count;
        foreach (ConfigEntry entry in node.Entries)
        {
            if (entry.Value.Kind != ConfigKind.Map)
            {
                context.Error(entry.Value.Mark, $"a map with 'command' is expected, not {Describe.Kind(entry.Value)}");
                continue;
            }

            List<Func<TranslatedCommand, TranslatedCommand>> changes = [];
            Translation.Read(entry.Value, context, changes);
            TranslatedCommand command = new(new SshArguments(), "", DisableDump: false);
            foreach (Func<TranslatedCommand, TranslatedCommand> change in changes) command = change(command);
            if (entry.Value.Find("command") is null) context.Error(entry.Value.Mark, "'command' is missing: what to run instead");
            value[entry.Key] = command;
        }

        return context.Errors.Count == errors;
    }

    public static RouteConfiguration Merge(RouteConfiguration route, Dictionary<string, TranslatedCommand> commands)
    {
        OrderedDictionary<string, TranslatedCommand> merged = new(route.TranslateCommands, StringComparer.Ordinal);
        foreach ((string name, TranslatedCommand command) in commands) merged[name] = command;
        return route with { TranslateCommands = merged };
    }
}
