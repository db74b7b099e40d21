using SshGateway.Server.Configuration.Tree;
using SshGateway.Server.Ctl.Arguments;

namespace SshGateway.Server.Ctl;

/// <summary><c>help [COMMAND]</c>.</summary>
internal static class PrintHelp
{
    public static readonly CtlCommand Command = new("help", "[COMMAND]", "say how it is used, or a command", CtlNeed.Nothing, [], RunAsync) { MaxWords = 8 };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        if (ctl.Words.Count == 0)
        {
            await ctl.Output.WriteAsync(CtlUsage.Text());
            return 0;
        }

        // "kill AB12 -help": what stands behind the name does not matter.
        CtlCommand[] found = [];
        for (int words = Math.Min(2, ctl.Words.Count); words > 0 && found.Length == 0; words--) found = CtlCommands.Family(string.Join(' ', ctl.Words.Take(words)));
        if (found.Length == 0) throw new UsageException($"unknown command '{Shown.Text(string.Join(' ', ctl.Words))}'");
        await ctl.Output.WriteAsync(CtlUsage.Text(found));
        return 0;
    }
}
