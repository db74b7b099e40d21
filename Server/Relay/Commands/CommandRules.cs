using System.Text;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Relay.Commands;

/// <summary>What decides about the commands of one connection: the route's settings and the options of the user's key or certificate.</summary>
internal sealed record CommandRules
{
    public static readonly CommandRules None = new();

    /// <summary><c>force_command</c> of the route; null: none.</summary>
    public string? ForceCommand { get; init; }

    /// <summary><c>command_must_match</c>: who asks for anything but <see cref="ForceCommand"/> is refused.</summary>
    public bool MustMatch { get; init; }

    /// <summary><c>command=</c> of the line of authorized_keys, or <c>force-command</c> of the certificate.</summary>
    public string? KeyCommand { get; init; }

    /// <summary><c>translate_commands</c>, by the exact command.</summary>
    public IReadOnlyDictionary<string, TranslatedCommand> Translations { get; init; } = RouteConfiguration.Default.TranslateCommands;

    /// <summary>Variables for everything that is started; of two with one name the later one counts.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>A terminal is asked for even where the client asks for none (<c>-tt</c>).</summary>
    public bool ForceTerminal { get; init; }

    /// <summary>What was asked for is replaced, and told to the replacement.</summary>
    public bool IsForced => ForceCommand is not null || KeyCommand is not null;

    public static CommandRules Of(RouteConfiguration route, PatternExpander patterns, AuthorizedKeyOptions? key) => new()
    {
        ForceCommand = route.ForceCommand.Length > 0 ? route.ForceCommand : null,
        MustMatch = route.CommandMustMatch,
        KeyCommand = key?.Command,
        Translations = route.TranslateCommands,
        // As in sshd, what the operator sets comes after what the user's key sets.
        Environment =
        [
            .. (key?.Environment ?? []).Where(variable => MaySet(route.Permit, variable.Key)),
            .. route.Environment.Select(variable => KeyValuePair.Create(variable.Key, patterns.Expand(variable.Value))),
        ],
        ForceTerminal = route.SshArgs.ForceTty,
    };

    private static bool MaySet(PermitConfiguration permit, string name) =>
        permit.UserEnvironment.AllowsName(name) && !DangerousVariables.Contains(Encoding.UTF8.GetBytes(name));
}
