using System.Globalization;
using System.Net;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Hooks;

/// <summary>The variables of <c>blocking_command</c> and <c>bg_command</c> (docs/commands.md).</summary>
internal static class HookEnvironment
{
    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

    public static IReadOnlyDictionary<string, string> Of(HookContext context)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in context.Route.Environment) variables[name] = context.Patterns.Expand(value);
        SystemUser? account = context.Account;
        variables["PATH"] = DefaultPath;
        variables["USER"] = variables["LOGNAME"] = context.User;
        variables["HOME"] = account?.Home ?? "/";
        variables["SHELL"] = account is { Shell.Length: > 0 } ? account.Shell : "/bin/sh";
        variables["SSH_CONNECTION"] = $"{Pair(context.Source)} {Pair(context.Local)}";
        variables["SSH_CLIENT"] = string.Create(CultureInfo.InvariantCulture, $"{Pair(context.Source)} {context.Local.Port}");
        Both(variables, "SID", context.SessionId);
        Both(variables, "USER", context.User);
        Both(variables, "SERVICE", context.Route.Service);
        Both(variables, "SOURCE", context.Source.ToString());
        Both(variables, "LISTEN", context.Local.ToString());
        if (account is not null)
        {
            Both(variables, "UID", account.Uid.ToString(CultureInfo.InvariantCulture));
            Both(variables, "GROUPS", string.Join(' ', account.Groups));
        }

        if (context.TicketCache.Length > 0) variables["KRB5CCNAME"] = "FILE:" + context.TicketCache;
        if (context.Destination is { } destination) Both(variables, "DEST", destination.ToString());
        return variables;
    }

    /// <summary>Scripts written for the system that the gateway replaces find its names, too.</summary>
    private static void Both(Dictionary<string, string> variables, string name, string value)
    {
        variables["SSHGATEWAY_" + name] = value;
        variables["SSHPROXY_" + name] = value;
    }

    private static string Pair(IPEndPoint endPoint) => string.Create(CultureInfo.InvariantCulture, $"{endPoint.Address} {endPoint.Port}");
}

/// <summary>The session that a hook runs for.</summary>
internal sealed record HookContext
{
    public required string SessionId { get; init; }

    public required string User { get; init; }

    /// <summary>Null for a user whom this system does not know.</summary>
    public SystemUser? Account { get; init; }

    public required RouteConfiguration Route { get; init; }

    public required PatternExpander Patterns { get; init; }

    public required IPEndPoint Source { get; init; }

    public required IPEndPoint Local { get; init; }

    /// <summary>File with the Kerberos tickets that the user has delegated; "": none.</summary>
    public string TicketCache { get; init; } = "";

    /// <summary>Not known yet while <c>blocking_command</c> runs.</summary>
    public HostEndpoint? Destination { get; init; }
}
