using System.Net;
using System.Text;
using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Configuration.Schema;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration;

/// <summary>File → node tree → validated records. All errors are gathered; nothing is thrown for what a file can contain.</summary>
internal static class ConfigurationLoader
{
    public const int MaxFileBytes = 16 << 20;

    public static ConfigurationResult Load(string path) => Load(path, LoadServices.System);

    public static ConfigurationResult Load(string path, LoadServices services)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MaxFileBytes) return Failed(new ConfigurationError(path, 0, 0, $"is larger than {MaxFileBytes} bytes"));
            using MemoryStream bytes = new();
            file.CopyTo(bytes);
            return LoadBytes(bytes.ToArray(), path, services);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return EnvironmentConfiguration.Read(services.EnvironmentVariable) is { } root
                ? LoadTree(root, path, services)
                : Failed(new ConfigurationError(path, 0, 0, $"does not exist, and {EnvironmentConfiguration.Required}, which could take its place, is not set"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Failed(new ConfigurationError(path, 0, 0, $"cannot be read: {e.Message}"));
        }
    }

    /// <summary>The content of a file; the name decides between TOML (.toml) and YAML.</summary>
    public static ConfigurationResult LoadBytes(ReadOnlySpan<byte> content, string path, LoadServices services)
    {
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            int line = 1 + content[..Math.Min(content.Length, Math.Max(0, e.Index))].Count((byte)'\n');
            return Failed(new ConfigurationError(path, line, 1, "is not UTF-8"));
        }

        return LoadText(text, path, services);
    }

    public static ConfigurationResult LoadText(string text, string path, LoadServices services)
    {
        ConfigNode root;
        try
        {
            root = ReadTree(text, path);
        }
        catch (ConfigSyntaxException e)
        {
            return Failed(new ConfigurationError(e.Mark.File, e.Mark.Line, e.Mark.Column, e.Message));
        }

        return LoadTree(root, path, services);
    }

    private static ConfigurationResult LoadTree(ConfigNode root, string path, LoadServices services)
    {
        ReadContext context = new(services, new NodeSetExpander(services.Groups()));
        GatewayConfiguration configuration = Read(root, context);
        return new ConfigurationResult
        {
            Configuration = context.Errors.Count == 0 ? configuration with { FilePath = path } : null,
            Errors = context.Errors,
            Warnings = context.Warnings,
        };
    }

    private static ConfigNode ReadTree(string text, string path)
    {
        if (text.StartsWith('\uFEFF')) text = text[1..];
        if (path.EndsWith(".toml", StringComparison.OrdinalIgnoreCase)) return TomlTree.Read(text, path);
        return YamlTree.Read(text, path);
    }

    private static ConfigurationResult Failed(ConfigurationError error) => new() { Errors = [error] };

    private static GatewayConfiguration Read(ConfigNode root, ReadContext context)
    {
        if (root.Kind != ConfigKind.Map)
        {
            context.Error(root.Mark, $"a map of keys is expected, not {Describe.Kind(root)}");
            return new GatewayConfiguration();
        }

        // First, because other values refer to it.
        if (root.Find("state_dir") is { Kind: not ConfigKind.Null } node && GatewaySettings.StateDir(node, new ReadContext(context.Services, context.NodeSets), out string stateDir)) context.StateDir = stateDir;
        List<Func<GatewayConfiguration, GatewayConfiguration>> whole = [];
        List<Func<RouteConfiguration, RouteConfiguration>> top = [];
        List<RouteOverride> overrides = [];
        foreach (ConfigEntry entry in root.Entries)
        {
            if (entry.Key == "overrides") overrides = MatchReader.ReadAll(entry.Value, context);
            else if (!GatewaySettings.Table.TryRead(entry, context, whole) && !RouteSettings.Table.TryRead(entry, context, top)) context.Error(entry.Mark, UnknownKey(entry.Key));
        }

        GatewayConfiguration gateway = whole.Aggregate(GatewaySettings.Defaults(context.StateDir), (current, change) => change(current));
        RouteConfiguration route = top.Aggregate(RouteSettings.Defaults(context.StateDir), (current, change) => change(current));
        return WithListen(WithState(gateway, route, root, overrides), root, context);
    }

    private static string UnknownKey(string key) =>
        key is "match" ? "'match' belongs into an item of 'overrides'"
        : key is "routes" or "users" or "groups" ? $"'{key}' belongs to version 1 of sshproxy.yaml: run 'sshgatewayctl convert'"
        : Describe.UnknownKey(key, [.. GatewaySettings.Table.Names, .. RouteSettings.Table.Names, "overrides"]);

    // 'state' and 'etcd' say the same in two places: what 'state' says wins at the top, 'etcd' of an override wins over both.
    private static GatewayConfiguration WithState(GatewayConfiguration gateway, RouteConfiguration route, ConfigNode root, List<RouteOverride> overrides)
    {
        ConfigNode? state = root.Find("state");
        if (state?.Find("mandatory") is not null) route = route with { StateMandatory = gateway.State.Mandatory };
        if (state?.Find("keyttl") is not null) route = route with { StateKeyTtl = gateway.State.KeyTtl };
        return gateway with
        {
            State = gateway.State with { Mandatory = route.StateMandatory, KeyTtl = route.StateKeyTtl },
            Routes = new RouteTable(route, overrides),
        };
    }

    // Without 'listen', the addresses that routes name as sources, as far as they are this machine's.
    private static GatewayConfiguration WithListen(GatewayConfiguration gateway, ConfigNode root, ReadContext context)
    {
        if (root.Find("listen") is { Kind: not ConfigKind.Null } && gateway.Listen.Count > 0) return gateway;
        IEnumerable<IPEndPoint> sources = gateway.Routes.Overrides.SelectMany(o => o.Match).SelectMany(m => m.Sources ?? Enumerable.Empty<IPEndPoint>());
        List<IPEndPoint> distinct = [.. sources.Distinct().OrderBy(e => e.ToString(), StringComparer.Ordinal)];
        HashSet<IPAddress> local = distinct.Count == 0 ? [] : [.. context.Services.LocalAddresses().Select(a => RouteTable.Plain(new IPEndPoint(a, 1)).Address)];
        bool IsLocal(IPEndPoint e) => local.Contains(e.Address) || IPAddress.IsLoopback(e.Address);
        HostEndpoint[] own = [.. distinct.Where(IsLocal).Select(e => new HostEndpoint(e.Address.ToString(), e.Port))];
        return gateway with
        {
            Listen = own.Length > 0 ? own : [new HostEndpoint("::", HostEndpoint.DefaultPort), new HostEndpoint("0.0.0.0", HostEndpoint.DefaultPort)],
            ForeignSources = [.. distinct.Where(e => !IsLocal(e)).Select(e => new HostEndpoint(e.Address.ToString(), e.Port))],
        };
    }
}
