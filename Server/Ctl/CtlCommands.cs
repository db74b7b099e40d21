using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Change;
using SshGateway.Server.Ctl.Explain;
using SshGateway.Server.Ctl.Show;

namespace SshGateway.Server.Ctl;

/// <summary>All commands, in the order of the usage text.</summary>
internal static class CtlCommands
{
    public static readonly IReadOnlyList<CtlCommand> All =
    [
        ShowConnections.Command, ShowHosts.Command, ShowUsers.Command, ShowGroups.Command, ShowErrorBanner.Command, ShowConfig.Command,
        ShowSessions.Command, ShowGateways.Command, ShowEvents.Command, ShowRecordings.Command, ShowKnownHosts.Command,
        WatchCommand.Command, ExplainCommand.Command,
        EnableHosts.Command, DisableHosts.Command, KillSessions.Command, SetErrorBanner.Command,
        ForgetHosts.Command, ForgetErrorBanner.Command, ForgetPersist.Command, ForgetKnownHosts.Command, ForgetMfa.Command,
        ConvertFile.Command, PrintVersion.Command, PrintHelp.Command,
    ];

    /// <summary>The command that the words name, and the words behind its name.</summary>
    /// <exception cref="UsageException">There is none, or there are too many words.</exception>
    public static (CtlCommand Command, IReadOnlyList<string> Words) Find(IReadOnlyList<string> words)
    {
        if (words.Count == 0) throw new UsageException("a command is missing");
        foreach (CtlCommand command in All)
        {
            string[] name = command.Name.Split(' ');
            if (!words.Take(name.Length).SequenceEqual(name, StringComparer.Ordinal)) continue;
            if (words.Count - name.Length > command.MaxWords) throw new UsageException($"unexpected argument '{Shown.Text(words[name.Length + command.MaxWords])}'");
            return (command, [.. words.Skip(name.Length)]);
        }

        CtlCommand[] family = Family(words[0]);
        if (family.Length == 0) throw new UsageException($"unknown command '{Shown.Text(words[0])}'");
        string choices = string.Join(", ", family.Select(c => c.Name[(words[0].Length + 1)..]));
        throw new UsageException(words.Count == 1 ? $"{words[0]} what? {choices}" : $"{words[0]} what? {choices}, not '{Shown.Text(words[1])}'");
    }

    /// <summary>The commands that begin with the words.</summary>
    public static CtlCommand[] Family(string words) =>
        [.. All.Where(c => c.Name == words || c.Name.StartsWith(words + " ", StringComparison.Ordinal))];
}
