using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.NodeSets;
using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Change;

/// <summary>The hosts that <c>-all</c>, <c>-host NODESET</c> and <c>-port NODESET</c> name.</summary>
internal static class HostSelection
{
    /// <summary>What <c>-host</c> names, known or not; null where <c>-all</c> was said.</summary>
    /// <param name="ctl">The command.</param>
    /// <param name="known">Every <c>host:port</c> in which a host without a port is looked up.</param>
    /// <exception cref="UsageException">Not exactly one of <c>-all</c> and <c>-host</c>, or no node set.</exception>
    public static IReadOnlyList<string>? Explicit(CtlContext ctl, IEnumerable<string> known)
    {
        string? hosts = ctl.Arguments.Value(CtlOption.Host);
        string? ports = ctl.Arguments.Value(CtlOption.Port);
        bool all = ctl.Arguments.Has(CtlOption.All);
        if (all == hosts is not null) throw new UsageException("either -all or -host NODESET is needed");
        if (hosts is null) return ports is null ? null : throw new UsageException("-port goes with -host");
        return Expand(hosts, ports, known);
    }

    /// <summary>Behind <c>enable</c> and <c>disable</c> the word <c>host</c> may stand, as it does behind <c>forget</c>.</summary>
    public static void RequireHostWord(CtlContext ctl)
    {
        if (ctl.Words.Count > 0 && ctl.Words[0] != "host") throw new UsageException($"unexpected argument '{Shown.Text(ctl.Words[0])}'; hosts are named with -host");
    }

    /// <summary>Each host with each port; without ports those known for the host, else 22.</summary>
    public static IReadOnlyList<string> Expand(string hosts, string? ports, IEnumerable<string> known)
    {
        NodeSetExpander nodeSets = new(GroupResolver.System());
        int[] numbers = ports is null ? [] : [.. Names(nodeSets, ports, CtlOption.Port).Select(Port)];
        ILookup<string, int> portsOf = known.Select(Endpoint).ToLookup(e => e.Host, e => e.Port, StringComparer.Ordinal);
        List<string> result = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in Names(nodeSets, hosts, CtlOption.Host))
        {
            if (!HostEndpoint.TryParse(name, HostEndpoint.DefaultPort, out HostEndpoint endpoint)) throw new UsageException($"'{Shown.Text(name)}' is no host");
            bool hasPort = HasPort(name);
            if (hasPort && ports is not null) throw new UsageException($"'{Shown.Text(name)}' has a port already, -port does not go with it");
            int[] of = hasPort ? [endpoint.Port] : ports is not null ? numbers : [.. portsOf[endpoint.Host].Distinct().Order()];
            if (of.Length == 0) of = [HostEndpoint.DefaultPort];
            result.AddRange(of.Select(port => (endpoint with { Port = port }).ToString()).Where(seen.Add));
        }

        return result;
    }

    /// <summary>The names a node set stands for.</summary>
    public static IReadOnlyList<string> Names(NodeSetExpander nodeSets, string text, CtlOption option)
    {
        // An address literal comes first: the brackets of [::1]:22 are no node set.
        if (HostEndpoint.TryParse(text, HostEndpoint.DefaultPort, out _)) return [text];
        return nodeSets.TryExpand(text, out IReadOnlyList<string> names, out string error) ? names
            : throw new UsageException($"-{option.Name} expects a node set, not '{Shown.Text(text)}': {error}");
    }

    /// <summary>The hosts that the configuration names as destinations.</summary>
    public static IEnumerable<string> Configured(CtlContext ctl) =>
        ctl.Configuration.AllRoutes.SelectMany(route => route.Dest).Select(host => host.ToString()).Distinct(StringComparer.Ordinal);

    public static IEnumerable<string> Known(IEnumerable<HostRecord> hosts) => hosts.Select(host => host.Host);

    private static HostEndpoint Endpoint(string host) =>
        HostEndpoint.TryParse(host, HostEndpoint.DefaultPort, out HostEndpoint endpoint) ? endpoint : new HostEndpoint(host, HostEndpoint.DefaultPort);

    // Read with two defaults it comes to the same: the port was written.
    private static bool HasPort(string name) =>
        HostEndpoint.TryParse(name, 1, out HostEndpoint one) && HostEndpoint.TryParse(name, 2, out HostEndpoint two) && one == two;

    private static int Port(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int port) && port is >= 1 and <= 65535
            ? port
            : throw new UsageException($"'{Shown.Text(text)}' is no port");
}
