using System.Text;
using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl;

/// <summary>Usage texts.</summary>
internal static class CtlUsage
{
    public const string Program = "sshgatewayctl";

    private static readonly CtlOption[] Everywhere = [CtlOption.Configuration, CtlOption.Help];

    /// <summary>Of the whole program.</summary>
    public static string Text()
    {
        StringBuilder text = new();
        text.Append($"Usage: {Program} [-c FILE] COMMAND [OPTIONS]\n\nCommands:\n");
        int width = CtlCommands.All.Max(c => c.Name.Length);
        foreach (CtlCommand command in CtlCommands.All) text.Append($"  {command.Name.PadRight(width)}  {command.Summary}\n");
        text.Append("\nOptions may stand before or after the command and begin with one dash or two:\n");
        Append(text, Everywhere);
        return text.Append($"\n'{Program} help COMMAND' says more.\n").ToString();
    }

    /// <summary>Of one command, or of all that begin with the words.</summary>
    public static string Text(IReadOnlyList<CtlCommand> commands)
    {
        StringBuilder text = new();
        foreach (CtlCommand command in commands) text.Append($"{(text.Length == 0 ? "Usage: " : "       ")}{Line(command)}\n");
        if (commands.Count == 1) text.Append($"\n{commands[0].Summary}\n");
        if (commands.Count == 1 && commands[0].Remarks.Length > 0) text.Append($"{commands[0].Remarks}\n");
        text.Append('\n');
        Append(text, [.. commands.SelectMany(c => c.Options).Distinct(), .. Everywhere]);
        return text.ToString();
    }

    private static string Line(CtlCommand command) => $"{Program} {command.Name} {command.Arguments}".TrimEnd();

    private static void Append(StringBuilder text, IReadOnlyCollection<CtlOption> options)
    {
        int width = options.Max(o => o.ToString().Length);
        foreach (CtlOption option in options) text.Append($"  {option.ToString().PadRight(width)}  {option.Description}\n");
    }
}
