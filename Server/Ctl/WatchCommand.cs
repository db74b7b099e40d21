using System.Text;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;

namespace SshGateway.Server.Ctl;

/// <summary><c>watch</c>: a table that is drawn again and again.</summary>
internal static class WatchCommand
{
    private const string DefaultView = "sessions";
    private const string EnterScreen = "\u001b[?1049h\u001b[?25l";
    private const string LeaveScreen = "\u001b[?25h\u001b[?1049l";
    private const string Home = "\u001b[H";
    private const string ClearToLineEnd = "\u001b[K";
    private const string ClearToScreenEnd = "\u001b[J";

    private static readonly string[] Views = ["connections", "hosts", "users", "groups", "sessions", "gateways", "events"];

    public static readonly CtlCommand Command = new(
        "watch", $"[{string.Join('|', Views)}] [-all] [-interval DURATION] [-count N] | -session ID", "a live table of 'show', or a live session, until Ctrl-C",
        CtlNeed.Store, [CtlOption.All, CtlOption.Interval, CtlOption.Count, CtlOption.Session], RunAsync)
    {
        MaxWords = 1,
        Remarks = $"Without a view: {DefaultView}. With -session the gateway is asked through its admin socket; who may open that may look, and that is noted in the events.",
    };

    private static async Task<int> RunAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        if (ctl.Arguments.Value(CtlOption.Session) is { } session)
        {
            if (ctl.Words.Count > 0 || ctl.Arguments.Has(CtlOption.All) || ctl.Arguments.Has(CtlOption.Interval) || ctl.Arguments.Has(CtlOption.Count))
                throw new UsageException("-session goes with nothing else");
            return await WatchSession.RunAsync(ctl, session, cancellationToken);
        }

        string view = ctl.Words.Count > 0 ? ctl.Words[0] : DefaultView;
        if (!Views.Contains(view, StringComparer.Ordinal)) throw new UsageException($"watch what? {string.Join(", ", Views)}");
        CtlCommand show = CtlCommands.All.First(command => command.Name == "show " + view);
        TimeSpan interval = ctl.Arguments.Value(CtlOption.Interval) is { } text ? TimeArguments.Duration(CtlOption.Interval, text) : TimeSpan.FromSeconds(1);
        int count = TimeArguments.Number(CtlOption.Count, ctl.Arguments.Value(CtlOption.Count), int.MaxValue);
        if (ctl.Terminal.IsTerminal) await ctl.Output.WriteAsync(EnterScreen);
        try
        {
            for (int i = 0; i < count; i++)
            {
                if (i > 0) await Task.Delay(interval, ctl.Time, cancellationToken);
                await DrawAsync(ctl, show, view, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how it ends.
        }
        finally
        {
            if (ctl.Terminal.IsTerminal) await ctl.Output.WriteAsync(LeaveScreen);
        }

        return 0;
    }

    private static async Task DrawAsync(CtlContext ctl, CtlCommand show, string view, CancellationToken cancellationToken)
    {
        await using StringWriter drawn = new();
        await show.RunAsync(ctl with { Output = drawn, Words = [] }, cancellationToken);
        string text = $"{view}, {ctl.LocalTime(ctl.Now)}\n{drawn}";
        await ctl.Output.WriteAsync(ctl.Terminal.IsTerminal ? Screen(text, ctl.Terminal).ToString() : text);
        await ctl.Output.FlushAsync(cancellationToken);
    }

    // Overwritten in place, so that nothing flickers; what has no room is left out.
    private static StringBuilder Screen(string text, Terminal terminal)
    {
        StringBuilder screen = new(Home);
        string[] lines = text.TrimEnd('\n').Split('\n');
        int shown = terminal.Height > 0 ? Math.Min(lines.Length, terminal.Height - 1) : lines.Length;
        foreach (string line in lines.Take(shown)) screen.Append(line).Append(ClearToLineEnd).Append("\r\n");
        return screen.Append(ClearToScreenEnd);
    }
}
