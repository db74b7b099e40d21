using SshGateway.Server.Configuration.Schema;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Commands;

/// <summary>Turns a version-1 configuration (routes, groups, users) into version 2: named routes become overrides that match
/// their sources, groups and users become overrides in that order, and the default route becomes the keys around it.</summary>
internal sealed class Version1
{
    // In the order they are written.
    private static readonly string[] Plain =
    [
        "debug", "log", "check_interval", "error_banner", "dump", "dump_limit_size", "dump_limit_window", "etcd", "etcd_stats_interval",
        "log_stats_interval", "bg_command", "ssh", "translate_commands", "environment", "service", "dest", "route_select", "mode",
        "force_command", "command_must_match", "etcd_keyttl", "max_connections_per_user",
    ];

    private static readonly string[] TopKeys =
    [
        "debug", "log", "check_interval", "error_banner", "dump", "dump_limit_size", "dump_limit_window", "etcd", "etcd_stats_interval",
        "log_stats_interval", "bg_command", "ssh", "translate_commands", "environment", "max_connections_per_user", "routes", "users", "groups",
    ];

    private static readonly string[] SubKeys = [.. TopKeys.Except(["check_interval", "etcd", "users", "groups"])];

    private static readonly string[] RouteKeys =
        ["source", "dest", "route_select", "mode", "force_command", "command_must_match", "etcd_keyttl", "environment"];

    private readonly List<ConfigurationError> _errors = [];
    private readonly ConfigNode _overrides = NewList();

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    public ConfigNode Convert(ConfigNode root)
    {
        Dictionary<string, ConfigNode> top = [];
        if (!IsMap(root, "the file")) return Ordered(top);
        Take(root, TopKeys, top, "of version 1");
        ApplyRoutes(root, top, null, null);
        foreach (string kind in (string[])["groups", "users"])
        {
            if (root.Find(kind) is { Kind: not ConfigKind.Null } list) ConvertSections(list, kind);
        }

        ConfigNode result = Ordered(top);
        if (_overrides.Items.Count > 0) result.TryAdd("overrides", root.Mark, _overrides);
        return result;
    }

    private void ConvertSections(ConfigNode list, string kind)
    {
        if (list.Kind != ConfigKind.List)
        {
            Error(list, $"'{kind}' expects a list of maps, not {Describe.Kind(list)}");
            return;
        }

        foreach (ConfigNode item in list.Items)
        {
            if (!IsMap(item, $"an item of '{kind}'")) continue;
            foreach (ConfigEntry entry in item.Entries) ConvertSection(entry, kind);
        }
    }

    private void ConvertSection(ConfigEntry entry, string kind)
    {
        if (!IsMap(entry.Value, $"what '{kind}' says of '{Shown.Text(entry.Key)}'")) return;
        ConfigNode names = NewList();
        foreach (string name in entry.Key.Split(',')) names.Add(Text(name.Trim(), entry.Mark));
        Dictionary<string, ConfigNode> keys = [];
        Take(entry.Value, SubKeys, keys, $"of '{kind}' in version 1");
        List<ConfigNode> named = ApplyRoutes(entry.Value, keys, kind, names);
        _overrides.Add(Override(keys, [(kind, names)]));
        foreach (ConfigNode route in named) _overrides.Add(route);
    }

    // The default route goes into the keys around it; named routes become overrides, returned when they have to wait.
    private List<ConfigNode> ApplyRoutes(ConfigNode section, Dictionary<string, ConfigNode> keys, string? kind, ConfigNode? names)
    {
        List<ConfigNode> named = [];
        if (section.Find("routes") is not { Kind: not ConfigKind.Null } routes || !IsMap(routes, "'routes'")) return named;
        foreach (ConfigEntry route in routes.Entries)
        {
            if (!IsMap(route.Value, $"the route '{Shown.Text(route.Key)}'")) continue;
            Dictionary<string, ConfigNode> own = [];
            Take(route.Value, RouteKeys, own, "of a route in version 1");
            if (route.Key == "default")
            {
                foreach ((string key, ConfigNode value) in own) keys[key] = key == "environment" ? Merged(keys.GetValueOrDefault(key), value) : value;
                continue;
            }

            own["service"] = Text(route.Key, route.Mark);
            List<(string Key, ConfigNode Names)> match = [("sources", AsList(route.Value.Find("source"), route))];
            if (names is not null) match.Add((kind!, names));
            (names is null ? _overrides.Add : (Action<ConfigNode>)named.Add)(Override(own, match));
        }

        return named;
    }

    private ConfigNode AsList(ConfigNode? source, ConfigEntry route)
    {
        if (source is { Kind: ConfigKind.List }) return source;
        if (source is null or { Kind: ConfigKind.Null or ConfigKind.Map })
        {
            _errors.Add(At(route.Mark, $"the route '{Shown.Text(route.Key)}' has no 'source': a list of addresses is expected"));
            return NewList();
        }

        ConfigNode list = NewList();
        list.Add(source);
        return list;
    }

    // Values that say nothing are left out, as those of false and 0 of routes are: they are the defaults there.
    private void Take(ConfigNode map, string[] known, Dictionary<string, ConfigNode> keys, string where)
    {
        foreach (ConfigEntry entry in map.Entries)
        {
            if (!known.Contains(entry.Key))
            {
                bool isVersion2 = entry.Key is "overrides" or "dest" or "match" or "service";
                _errors.Add(At(entry.Mark, isVersion2 ? $"'{entry.Key}' belongs to version 2: there is nothing to convert" : $"{Describe.UnknownKey(entry.Key, known)} ({where})"));
            }
            else if (entry.Value.Kind != ConfigKind.Null && Plain.Contains(entry.Key) && !(known == RouteKeys && IsDefault(entry)))
            {
                keys[entry.Key] = entry.Value;
            }
        }
    }

    private static bool IsDefault(ConfigEntry entry) =>
        (entry.Key is "command_must_match" && YamlScalar.TryBoolean(entry.Value.Text, out bool flag) && !flag && entry.Value.IsScalar)
        || (entry.Key is "etcd_keyttl" && entry.Value is { IsScalar: true, Text: "0" })
        || (entry.Key is "route_select" or "mode" or "force_command" && entry.Value is { IsScalar: true, Text: "" });

    private static ConfigNode Merged(ConfigNode? first, ConfigNode second)
    {
        if (first is not { Kind: ConfigKind.Map } || second.Kind != ConfigKind.Map) return second;
        ConfigNode merged = new(ConfigKind.Map, first.Mark);
        IEnumerable<ConfigEntry> kept = first.Entries.Where(e => second.Find(e.Key) is null);
        foreach (ConfigEntry entry in kept.Concat(second.Entries).OrderBy(e => e.Key, StringComparer.Ordinal)) merged.TryAdd(entry.Key, entry.Mark, entry.Value);
        return merged;
    }

    private static ConfigNode Override(Dictionary<string, ConfigNode> keys, IReadOnlyList<(string Key, ConfigNode Names)> match)
    {
        ConfigNode item = new(ConfigKind.Map, default);
        foreach ((string key, ConfigNode names) in match.OrderBy(m => m.Key, StringComparer.Ordinal)) item.TryAdd(key, default, names);
        ConfigNode items = NewList();
        items.Add(item);
        ConfigNode result = new(ConfigKind.Map, default);
        result.TryAdd("match", default, items);
        foreach (ConfigEntry entry in Ordered(keys).Entries) result.TryAdd(entry.Key, entry.Mark, entry.Value);
        return result;
    }

    private static ConfigNode Ordered(Dictionary<string, ConfigNode> keys)
    {
        ConfigNode map = new(ConfigKind.Map, default);
        foreach (string key in Plain)
        {
            if (keys.TryGetValue(key, out ConfigNode? value)) map.TryAdd(key, value.Mark, value);
        }

        return map;
    }

    private bool IsMap(ConfigNode node, string what)
    {
        if (node.Kind == ConfigKind.Map) return true;
        Error(node, $"{what} should be a map, not {Describe.Kind(node)}");
        return false;
    }

    private void Error(ConfigNode node, string message) => _errors.Add(At(node.Mark, message));

    private static ConfigurationError At(ConfigMark mark, string message) => new(mark.File, mark.Line, mark.Column, message);

    private static ConfigNode NewList() => new(ConfigKind.List, default);

    private static ConfigNode Text(string text, ConfigMark mark) => ConfigNode.Scalar(ConfigKind.String, text, mark);
}
