using System.Collections.Frozen;
using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Reads the list <c>overrides</c>.</summary>
internal static class MatchReader
{
    private static readonly ValueParser<IReadOnlyList<string>> TextList = Values.ListOf<string>(Values.Text);

    private static readonly SettingTable<MatchItem> Item = new SettingTable<MatchItem>()
        .Add("users", TextList, (m, v) => m with { Users = v.ToFrozenSet(StringComparer.Ordinal) })
        .Add("groups", TextList, (m, v) => m with { Groups = v.ToFrozenSet(StringComparer.Ordinal) })
        .Add<IReadOnlyList<IPEndPoint>>("sources", Hosts.Sources, (m, v) => m with { Sources = v.ToFrozenSet() });

    public static List<RouteOverride> ReadAll(ConfigNode node, ReadContext context)
    {
        List<RouteOverride> overrides = [];
        if (node.Kind is not (ConfigKind.List or ConfigKind.Null)) context.Error(node.Mark, $"'overrides' expects a list, not {Describe.Kind(node)}");
        foreach (ConfigNode item in node.Items)
        {
            if (item.Kind == ConfigKind.Map) overrides.Add(Read(item, context));
            else context.Error(item.Mark, $"an override is a map with 'match' and other keys, not {Describe.Kind(item)}");
        }

        return overrides;
    }

    private static RouteOverride Read(ConfigNode node, ReadContext context)
    {
        List<MatchItem> match = [];
        List<Func<RouteConfiguration, RouteConfiguration>> changes = [];
        foreach (ConfigEntry entry in node.Entries)
        {
            if (entry.Key == "match") ReadMatch(entry.Value, context, match);
            else if (!RouteSettings.Table.TryRead(entry, context, changes)) context.Error(entry.Mark, Unknown(entry.Key));
        }

        if (node.Find("match") is null) context.Error(node.Mark, "'match' is missing: a list of maps with users, groups or sources");
        return new RouteOverride(match, [.. changes.Select(c => new RouteChange(c))], node.Mark.Line);
    }

    private static void ReadMatch(ConfigNode node, ReadContext context, List<MatchItem> match)
    {
        if (node.Kind != ConfigKind.List)
        {
            context.Error(node.Mark, $"'match' expects a list of maps with users, groups or sources, not {Describe.Kind(node)}");
            return;
        }

        if (node.Items.Count == 0) context.Warn(node.Mark, "an empty 'match' fits nobody");
        foreach (ConfigNode item in node.Items)
        {
            if (item.Kind != ConfigKind.Map)
            {
                context.Error(item.Mark, $"a map with users, groups or sources is expected, not {Describe.Kind(item)}");
                continue;
            }

            if (item.Entries.Count == 0) context.Warn(item.Mark, "an empty item of 'match' fits everybody");
            List<Func<MatchItem, MatchItem>> changes = [];
            Item.Read(item, context, changes);
            match.Add(changes.Aggregate(new MatchItem(), (current, change) => change(current)));
        }
    }

    private static string Unknown(string key) => GatewaySettings.Table.Names.Contains(key)
        ? $"'{key}' can only stand at the top of the file"
        : Describe.UnknownKey(key, RouteSettings.Table.Names.Append("match"));
}
