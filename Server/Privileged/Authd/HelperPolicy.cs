using SshGateway.Protocol.Wire;
using SshGateway.Server.Authentication;
using SshGateway.Server.Configuration;
using SshGateway.Server.Gssapi;
using SshGateway.Server.Hooks;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// What the helper does for the gateway: no more than the configuration names, whoever may control the gateway by then.
/// </summary>
internal sealed record HelperPolicy
{
    /// <summary>PAM services.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>Patterns of files that may be read as the user.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Patterns of private keys that may be signed with.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Patterns of programs that may be run: the first words of the configured commands.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Programs that look up keys and principals, each with who runs it: <c>user:/program</c>.</summary>
    public IReadOnlyList<string> Lookups { get; init; } = [];

    /// <summary>Whether users' Kerberos tickets may be stored for the programs that run as them.</summary>
    public bool KeepsTickets { get; init; }

    public static HelperPolicy From(GatewayConfiguration configuration)
    {
        AuthConfiguration auth = configuration.Auth;
        RouteConfiguration[] routes = [.. configuration.AllRoutes];
        IEnumerable<string> commands = [.. routes.Select(route => route.BlockingCommand), .. routes.Select(route => route.BackgroundCommand)];
        (string User, string Command)[] lookups =
            [(auth.AuthorizedKeysCommandUser, auth.AuthorizedKeysCommand), (auth.AuthorizedPrincipalsCommandUser, auth.AuthorizedPrincipalsCommand)];
        bool takesTickets = auth.Methods.Any(method => method.Contains(AuthConfiguration.Gssapi));
        return new HelperPolicy
        {
            Services = [.. auth.PamServices],
            Files = Distinct([.. auth.AuthorizedKeys, .. auth.AuthorizedPrincipals, .. takesTickets ? [KerberosAccess.FilePattern] : Array.Empty<string>()]),
            Keys = Distinct(routes.SelectMany(route => route.Destination.UserKeys)),
            KeepsTickets = takesTickets && routes.Any(route => route.BlockingCommand.Length + route.BackgroundCommand.Length > 0),
            Programs = Distinct(commands.Select(FirstWord).Where(word => word.Length > 0)),
            Lookups = Distinct(lookups.Where(lookup => lookup.Command.Length > 0).Select(lookup => $"{lookup.User}:{FirstWord(lookup.Command)}")),
        };
    }

    public bool AllowsFile(SystemUser user, string path) => Allows(Files, user, path);

    public bool AllowsKey(SystemUser user, string path) => Allows(Keys, user, path);

    public bool AllowsProgram(SystemUser user, string program) => Allows(Programs, user, program);

    /// <summary>No patterns: neither name comes from who logs in.</summary>
    public bool AllowsLookup(SystemUser user, string program) => Lookups.Contains($"{user.Name}:{program}", StringComparer.Ordinal);

    public byte[] Write() => HelperFields.Build((ref SshWriter writer) =>
    {
        foreach (IReadOnlyList<string> list in new[] { Services, Files, Keys, Programs, Lookups })
        {
            writer.WriteUInt32((uint)list.Count);
            foreach (string item in list) writer.WriteString(item);
        }

        writer.WriteBoolean(KeepsTickets);
    });

    public static HelperPolicy Read(SshReader reader)
    {
        var policy = new HelperPolicy
        {
            Services = ReadList(ref reader),
            Files = ReadList(ref reader),
            Keys = ReadList(ref reader),
            Programs = ReadList(ref reader),
            Lookups = ReadList(ref reader),
            KeepsTickets = reader.ReadBoolean(),
        };
        reader.ExpectEnd();
        return policy;
    }

    private static bool Allows(IReadOnlyList<string> patterns, SystemUser user, string text)
    {
        var expander = new PatternExpander { User = user.Name, Home = user.Home, Uid = user.Uid };
        return patterns.Any(pattern => expander.TryExpandPath(pattern, out string allowed) && string.Equals(allowed, text, StringComparison.Ordinal));
    }

    /// <summary>Split as the gateway splits it when it runs the command.</summary>
    private static string FirstWord(string command) => CommandWords.TrySplit(command, out IReadOnlyList<string>? words) ? words[0] : "";

    private static string[] Distinct(IEnumerable<string> items) => [.. items.Distinct(StringComparer.Ordinal)];

    private static string[] ReadList(ref SshReader reader)
    {
        string[] items = new string[HelperFields.Count(ref reader)];
        for (int i = 0; i < items.Length; i++) items[i] = HelperFields.Text(ref reader, HelperFields.MaxPath);
        return items;
    }
}
