using System.Globalization;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>
/// <c>watch -session</c>: a live session as its user sees it. Runs inside the gateway that has the session; who may is said by the file of the
/// admin socket, and that somebody looked is in the history.
/// </summary>
internal static class WatchSession
{
    /// <summary>Whatever the session has left a terminal in: screen, cursor, mouse, paste, colours.</summary>
    private const string Restore =
        "\u001b[?1049l\u001b[?25h\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[?1l\u001b>\u001b[0m\r\n";

    public static async Task<int> RunAsync(CtlContext ctl, string id, CancellationToken cancellationToken)
    {
        if (ctl.Live is not { } live) return await RunInGatewayAsync(ctl, cancellationToken);
        if (live.Feeds.Find(id) is not { } feed) throw new CtlException(await WhyNotAsync(ctl, id, cancellationToken));
        await ctl.RecordAsync("watch", cancellationToken, feed.Context.Destination.ToString(), feed.Context.User, feed.Context.SessionId);
        SessionWatcher watcher = feed.Watch();
        try
        {
            // Said when nothing more is missed.
            await ctl.Error.WriteAsync($"{Describe(feed)}; Ctrl-C leaves it\n");
            await ctl.Error.FlushAsync(cancellationToken);
            while (await watcher.TakeAsync(cancellationToken) is { } pieces)
            {
                foreach (byte[] piece in pieces) await live.Output.WriteAsync(piece, cancellationToken);
            }

            await RestoreAsync(ctl);
            await ctl.Error.WriteAsync("the session has ended\n");
            return 0;
        }
        finally
        {
            feed.Leave(watcher);
        }
    }

    private static async Task<int> RunInGatewayAsync(CtlContext ctl, CancellationToken cancellationToken)
    {
        try
        {
            return await ctl.RunInGatewayAsync(ctl.Configuration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the gateway can tell this terminal nothing more.
            await RestoreAsync(ctl);
            return 0;
        }
    }

    private static async Task RestoreAsync(CtlContext ctl)
    {
        if (!ctl.Terminal.IsTerminal) return;
        await ctl.Output.WriteAsync(Restore);
        await ctl.Output.FlushAsync(CancellationToken.None);
    }

    private static string Describe(SessionFeed feed)
    {
        TapContext context = feed.Context;
        WindowSize size = feed.Size;
        string terminal = size.Columns > 0 ? string.Create(CultureInfo.InvariantCulture, $", terminal of {size.Columns}x{size.Rows}") : "";
        return $"session {context.SessionId} of {PeerText.Escape(context.User)} at {context.Destination}{terminal}";
    }

    private static async Task<string> WhyNotAsync(CtlContext ctl, string id, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConnectionRecord> connections = await ctl.Store.GetConnectionsAsync(cancellationToken);
        ConnectionRecord? elsewhere = connections.FirstOrDefault(connection => string.Equals(connection.Id, id, StringComparison.OrdinalIgnoreCase));
        return elsewhere is null ? $"there is no session {id}" : $"session {id} is on gateway {elsewhere.Gateway}, and can be watched there";
    }
}

/// <summary>What only a command that runs inside a gateway has.</summary>
/// <param name="Feeds">The live sessions.</param>
/// <param name="Output">Standard output as bytes: a session need not speak UTF-8.</param>
internal sealed record LiveSessions(SessionFeeds Feeds, Stream Output);
