using System.Net;
using SshGateway.Server.Algorithms;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration.NodeSets;

namespace SshGateway.Server.Configuration.Commands;

/// <summary><c>sshgateway check</c>: says what is wrong with a file, or prints the configuration calculated from it.</summary>
internal static class CheckCommand
{
    /// <summary>EX_CONFIG of sysexits.</summary>
    public const int Wrong = 78;

    public const int Usage = 2;

    /// <param name="file">YAML or TOML.</param>
    /// <param name="user">Null, with no groups and no source: the whole file is printed.</param>
    /// <param name="groups">In place of the user's own groups when given.</param>
    /// <param name="source">The gateway address the user comes to, host[:port].</param>
    /// <param name="output">The configuration.</param>
    /// <param name="error">Errors and warnings, one a line.</param>
    public static int Run(string file, string? user, string[] groups, string? source, TextWriter output, TextWriter error) =>
        Run(file, user, groups, source, output, error, LoadServices.System with { FileProblem = LoadServices.Unreadable }, name => UserDirectory.Find(name)?.Groups);

    /// <param name="groupsOf">The system groups of a user; null when there is no such user.</param>
    public static int Run(
        string file, string? user, string[] groups, string? source, TextWriter output, TextWriter error,
        LoadServices services, Func<string, IReadOnlyList<string>?> groupsOf)
    {
        ConfigurationResult result = ConfigurationLoader.Load(file, services);
        foreach (ConfigurationError warning in result.Warnings) error.WriteLine($"warning: {warning}");
        foreach (ConfigurationError wrong in result.Errors) error.WriteLine(wrong);
        if (result.Configuration is not { } configuration) return Wrong;
        if (user is null && groups.Length == 0 && source is null)
        {
            WriteAll(configuration, output);
            return 0;
        }

        if (!TrySource(source, services, out IPEndPoint? address))
        {
            error.WriteLine($"the source '{source}' is no address and cannot be resolved; host[:port] is expected");
            return Usage;
        }

        WriteFor(configuration, user ?? "", groups, address, groupsOf, output);
        return 0;
    }

    /// <summary>The configuration of one user, as <c>show config</c> prints it.</summary>
    public static void WriteFor(
        GatewayConfiguration configuration, string user, string[] groups, IPEndPoint? source, Func<string, IReadOnlyList<string>?> groupsOf, TextWriter output)
    {
        IReadOnlyList<string>? own = user.Length > 0 ? groupsOf(user) : null;
        IReadOnlyList<string> used = groups.Length > 0 ? groups : own ?? [];
        output.WriteLine(own is null ? $"user = {user} (unknown on this system)" : $"user = {user}");
        output.WriteLine($"node sets: built in, groups from {GroupResolver.System().Folder}");
        output.WriteLine($"groups = map[{string.Join(' ', used.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(g => $"{g}:true"))}]");
        RouteConfiguration route = configuration.RouteFor(user, used, source);
        foreach (string line in ConfigurationPrinter.Route(route, new PatternExpander { User = user })) output.WriteLine(line);
    }

    private static void WriteAll(GatewayConfiguration configuration, TextWriter output)
    {
        foreach (string line in ConfigurationPrinter.Gateway(configuration)) output.WriteLine(line);
        foreach (string line in ConfigurationPrinter.Route(configuration.Routes.Base, new PatternExpander())) output.WriteLine(line);
        foreach (string line in ConfigurationPrinter.Overrides(configuration.Routes)) output.WriteLine(line);
        foreach (string line in OfferPrinter.Lines(configuration)) output.WriteLine(line);
    }

    public static bool TrySource(string? source, LoadServices services, out IPEndPoint? address)
    {
        address = null;
        if (source is null) return true;
        if (!HostEndpoint.TryParse(source, HostEndpoint.DefaultPort, out HostEndpoint endpoint)) return false;
        IReadOnlyList<IPAddress> addresses = IPAddress.TryParse(endpoint.Host, out IPAddress? literal) ? [literal] : services.Resolve(endpoint.Host);
        if (addresses.Count == 0) return false;
        address = new IPEndPoint(addresses[0], endpoint.Port);
        return true;
    }
}
