using System.Net;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Parsers of host lists: node sets with ports, addresses, and what the gateway listens on.</summary>
internal static class Hosts
{
    /// <summary>Destination hosts in the order written, each once.</summary>
    public static bool Pool(ConfigNode node, ReadContext context, out IReadOnlyList<HostEndpoint> value) =>
        Expanded(node, context, HostEndpoint.DefaultPort, out value);

    /// <summary>Addresses of the gateway in a match: names are resolved; one that cannot be never matches.</summary>
    public static bool Sources(ConfigNode node, ReadContext context, out IReadOnlyList<IPEndPoint> value)
    {
        value = [];
        if (!Expanded(node, context, HostEndpoint.DefaultPort, out IReadOnlyList<HostEndpoint> endpoints)) return false;
        value = Resolved(node, context, endpoints, (mark, host) => context.Warn(mark, $"the name '{host}' cannot be resolved, this source will not match"));
        return true;
    }

    public static bool Listen(ConfigNode node, ReadContext context, out IReadOnlyList<HostEndpoint> value)
    {
        value = [];
        if (!Expanded(node, context, HostEndpoint.DefaultPort, out IReadOnlyList<HostEndpoint> endpoints)) return false;
        int errors = context.Errors.Count;
        value = [.. Resolved(node, context, endpoints, (mark, host) => context.Error(mark, $"the name '{host}' cannot be resolved")).Select(e => new HostEndpoint(e.Address.ToString(), e.Port))];
        return context.Errors.Count == errors;
    }

    /// <summary>One address or Unix socket, or off.</summary>
    public static bool Admin(ConfigNode node, ReadContext context, out AdminEndpoint? value)
    {
        value = null;
        if (node.IsScalar && node.Text is "off" or "" or "false") return true;
        if (!Values.Path(node, context, out string text)) return false;
        if (text.StartsWith(AdminEndpoint.SocketPrefix, StringComparison.Ordinal)) return AdminSocket(text[AdminEndpoint.SocketPrefix.Length..], node, context, out value);
        if (!HostEndpoint.TryParse(text, 0, out HostEndpoint endpoint)) return context.Error(node.Mark, $"off, host:port or unix:PATH is expected, not {Describe.Kind(node)}");
        value = new AdminEndpoint { Address = endpoint };
        return true;
    }

    private static bool AdminSocket(string path, ConfigNode node, ReadContext context, out AdminEndpoint? value)
    {
        value = new AdminEndpoint { SocketPath = path };
        bool good = path.StartsWith('/') && System.Text.Encoding.UTF8.GetByteCount(path) <= AdminEndpoint.MaxPathBytes;
        return good || context.Error(node.Mark, $"an absolute path of at most {AdminEndpoint.MaxPathBytes} bytes is expected behind unix:");
    }

    private static bool Expanded(ConfigNode node, ReadContext context, int defaultPort, out IReadOnlyList<HostEndpoint> value)
    {
        value = [];
        if (!Values.ListOf<string>(Values.Text)(node, context, out IReadOnlyList<string> texts)) return false;
        List<HostEndpoint> endpoints = [];
        HashSet<HostEndpoint> seen = [];
        bool good = true;
        for (int i = 0; i < texts.Count; i++)
        {
            ConfigMark mark = node.Kind == ConfigKind.List ? node.Items[i].Mark : node.Mark;
            good &= Add(texts[i].Trim(), mark, context, defaultPort, endpoints, seen);
        }

        value = endpoints.ToArray();
        return good;
    }

    private static bool Add(string text, ConfigMark mark, ReadContext context, int defaultPort, List<HostEndpoint> endpoints, HashSet<HostEndpoint> seen)
    {
        // An address literal comes first: the brackets of [::1]:22 are no node set.
        if (HostEndpoint.TryParse(text, defaultPort, out HostEndpoint single))
        {
            if (seen.Add(single)) endpoints.Add(single);
            return true;
        }

        if (!context.NodeSets.TryExpand(text, out IReadOnlyList<string> names, out string error))
        {
            return context.Error(mark, $"host, host:port or a node set is expected, not '{Shown.Text(text)}': {error}");
        }

        foreach (string name in names)
        {
            if (!HostEndpoint.TryParse(name, defaultPort, out HostEndpoint endpoint)) return context.Error(mark, $"'{Shown.Text(name)}' is no host or host:port");
            if (seen.Add(endpoint)) endpoints.Add(endpoint);
        }

        return true;
    }

    private static List<IPEndPoint> Resolved(ConfigNode node, ReadContext context, IReadOnlyList<HostEndpoint> endpoints, Action<ConfigMark, string> unknown)
    {
        List<IPEndPoint> result = [];
        HashSet<IPEndPoint> seen = [];
        foreach (HostEndpoint endpoint in endpoints)
        {
            IReadOnlyList<IPAddress> addresses = context.Resolve(endpoint.Host);
            if (addresses.Count == 0) unknown(node.Mark, endpoint.Host);
            foreach (IPAddress address in addresses)
            {
                IPEndPoint resolved = RouteTable.Plain(new IPEndPoint(address, endpoint.Port));
                if (seen.Add(resolved)) result.Add(resolved);
            }
        }

        return result;
    }
}
