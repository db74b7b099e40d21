using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration;

/// <summary>
/// A configuration without a file: the few keys that a first run in a container needs, from environment variables. Where there is a
/// file it alone counts (and may name variables as <c>env:NAME</c>).
/// </summary>
internal static class EnvironmentConfiguration
{
    /// <summary>Without this one there is nothing to serve.</summary>
    public const string Required = "SSHGATEWAY_DEST";

    /// <summary>Each variable with its key, for lists: values separated by commas.</summary>
    public static readonly IReadOnlyList<(string Variable, string Key, bool IsList)> Variables =
    [
        (Required, "dest", true),
        ("SSHGATEWAY_LISTEN", "listen", true),
        ("SSHGATEWAY_DATABASE", "state.database", false),
        ("SSHGATEWAY_AUTHORIZED_KEYS", "auth.authorized_keys", true),
        ("SSHGATEWAY_REQUIRE_SYSTEM_USER", "auth.require_system_user", false),
        ("SSHGATEWAY_DESTINATION_USER", "destination.user", false),
        ("SSHGATEWAY_DESTINATION_KEY", "destination.keys", true),
        ("SSHGATEWAY_KNOWN_HOSTS", "destination.known_hosts", true),
        ("SSHGATEWAY_HOST_KEY_CHECK", "destination.host_key_check", false),
        ("SSHGATEWAY_ADMIN_LISTEN", "admin.listen", false),
    ];

    /// <summary>The tree of keys; null when the one that is required is not set. Errors name the variable in place of a file.</summary>
    public static ConfigNode? Read(Func<string, string?> variable)
    {
        if (string.IsNullOrEmpty(variable(Required))) return null;
        var root = new ConfigNode(ConfigKind.Map, default);
        foreach ((string name, string key, bool isList) in Variables)
        {
            if (variable(name) is { Length: > 0 } text) Add(root, key.Split('.'), Value(text, isList, new ConfigMark($"environment variable {name}", 0, 0)));
        }

        return root;
    }

    private static void Add(ConfigNode map, ReadOnlySpan<string> key, ConfigNode value)
    {
        foreach (string part in key[..^1])
        {
            ConfigNode inner = map.Find(part) ?? new ConfigNode(ConfigKind.Map, value.Mark);
            map.TryAdd(part, value.Mark, inner);
            map = inner;
        }

        map.TryAdd(key[^1], value.Mark, value);
    }

    private static ConfigNode Value(string text, bool isList, ConfigMark mark)
    {
        if (!isList) return Scalar(text, mark);
        var list = new ConfigNode(ConfigKind.List, mark);
        foreach (string item in Items(text)) list.Add(Scalar(item, mark));
        return list;
    }

    // As an unquoted value of YAML: true is a flag where a flag is expected, and a text elsewhere.
    private static ConfigNode Scalar(string text, ConfigMark mark) => new(YamlScalar.KindOf(text), mark) { Text = text, IsPlain = true };

    /// <summary>At commas, but not at those of node sets: n[1,3].</summary>
    private static List<string> Items(string text)
    {
        List<string> items = [];
        int start = 0, depth = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != ',')
            {
                depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
                continue;
            }

            if (i < text.Length && depth > 0) continue;
            if (text[start..i].Trim() is { Length: > 0 } item) items.Add(item);
            start = i + 1;
        }

        return items;
    }
}
