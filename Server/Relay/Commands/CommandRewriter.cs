using System.Text;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Relay.Commands;

/// <summary>
/// Turns what a user asks to start into what is started (docs/commands.md): the route's forced command, else the key's, else what was asked for;
/// then the translation of that, if there is one. Every session of a connection is treated alike.
/// </summary>
internal sealed class CommandRewriter(CommandRules rules)
{
    public static readonly CommandRewriter Plain = new(CommandRules.None);

    private const string InternalSftp = "internal-sftp";
    private const string Sftp = "sftp";

    public CommandRules Rules { get; } = rules;

    /// <summary>What goes to the destination; null: the request is refused.</summary>
    /// <param name="type">shell, exec or subsystem.</param>
    /// <param name="asked">The command or the subsystem's name; empty for a shell.</param>
    public ChannelStart? Rewrite(string type, ReadOnlySpan<byte> asked)
    {
        byte[] command = asked.ToArray();
        var start = new ChannelStart { Type = type, Command = command, AskedType = type, AskedCommand = command };
        if (Rules is { IsForced: false, Translations.Count: 0 }) return start;

        string text = Encoding.UTF8.GetString(command);
        if (Rules is { MustMatch: true, ForceCommand: { } exact } && (type != ChannelStart.Exec || text != exact)) return null;

        string? forced = Rules.ForceCommand ?? Rules.KeyCommand;
        if (forced is not null) start = start with { Type = ChannelStart.Exec, Command = Encoding.UTF8.GetBytes(forced), IsUsersOwn = Rules.ForceCommand is null };
        if (Translation(start.Type, forced ?? text) is { } translation) return Translate(start, translation);
        return forced is not null && IsInternalSftp(forced) ? OnlySftp(start) : start;
    }

    private static ChannelStart Translate(ChannelStart start, TranslatedCommand translation) => start with
    {
        Type = translation.IsSubsystem ? ChannelStart.Subsystem : translation.Command.Length > 0 ? ChannelStart.Exec : ChannelStart.Shell,
        Command = Encoding.UTF8.GetBytes(translation.Command),
        IsUsersOwn = false,
        DisableDump = translation.DisableDump,
        ForceTerminal = translation.Arguments.ForceTty,
        Environment = translation.Arguments.SetEnv,
    };

    /// <summary>As sshd does it: with the server that is built in, only those who ask for the subsystem get it.</summary>
    private static ChannelStart? OnlySftp(ChannelStart start) =>
        start is { AskedType: ChannelStart.Subsystem } && start.AskedCommand.Span.SequenceEqual("sftp"u8)
            ? start with { Type = ChannelStart.Subsystem, Command = start.AskedCommand }
            : null;

    private TranslatedCommand? Translation(string type, string command)
    {
        if (Rules.Translations.Count == 0 || type == ChannelStart.Shell) return null;
        if (Rules.Translations.TryGetValue(command, out TranslatedCommand? exact)) return exact;
        return type == ChannelStart.Subsystem && command == Sftp ? SftpServer() : null;
    }

    /// <summary>
    /// sshproxy stood behind an sshd, which had turned the subsystem into its command: the entries of its configuration name that.
    /// </summary>
    private TranslatedCommand? SftpServer()
    {
        foreach ((string command, TranslatedCommand translation) in Rules.Translations)
        {
            if (IsInternalSftp(command) || FirstWord(command).EndsWith("/sftp-server", StringComparison.Ordinal)) return translation;
        }

        return null;
    }

    private static bool IsInternalSftp(string command) => FirstWord(command).SequenceEqual(InternalSftp);

    private static ReadOnlySpan<char> FirstWord(string command)
    {
        int space = command.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? command : command.AsSpan(0, space);
    }
}
