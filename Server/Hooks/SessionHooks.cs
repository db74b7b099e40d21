using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Hooks;

/// <summary>How a <c>blocking_command</c> ended, and what the user is shown of it.</summary>
internal sealed record BlockingResult(int Status, ReadOnlyMemory<byte> Output)
{
    /// <summary>There is none, and nothing to show.</summary>
    public static readonly BlockingResult None = new(0, default);
}

/// <summary>Runs <c>blocking_command</c> and <c>bg_command</c> of a session.</summary>
internal sealed class SessionHooks(IUserCommandRunner runner, HookLimits limits, ILogger logger, TimeProvider time)
{
    private const int TimedOut = 124;

    public static SessionHooks Create(IPrivilegedHelper helper, ILogger logger, TimeProvider time)
    {
        var limits = new HookLimits();
        return new SessionHooks(new HelperCommandRunner(helper, new OwnUserCommandRunner(limits, logger), limits, logger), limits, logger, time);
    }

    /// <summary>Runs the blocking command, if the route has one, to its end or its limit.</summary>
    /// <param name="context">The session.</param>
    /// <param name="sessionEnded">The user has gone, or is sent away.</param>
    /// <exception cref="OperationCanceledException">The session has ended meanwhile.</exception>
    public async Task<BlockingResult> RunBlockingAsync(HookContext context, CancellationToken sessionEnded)
    {
        if (context.Route.BlockingCommand.Length == 0) return BlockingResult.None;
        HookCommand command = CommandOf(context, context.Route.BlockingCommand);
        var shown = new BoundedOutput(limits.BlockingOutput);
        using var limit = new CancellationTokenSource(limits.BlockingTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, sessionEnded);
        int status;
        try
        {
            status = await runner.RunAsync(command, shown.Add, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!sessionEnded.IsCancellationRequested)
        {
            status = TimedOut;
            shown.AddLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sshgateway: the command before the session took longer than {limits.BlockingTime.TotalSeconds:0} s"));
        }

        logger.BlockingCommandEnded(context.SessionId, PeerText.Escape(command.Words[0]), status);
        return new BlockingResult(status, shown.ToArray());
    }

    /// <summary>Runs the background command, if the route has one, until it ends or the token is cancelled. Never throws.</summary>
    public async Task RunBackgroundAsync(HookContext context, CancellationToken sessionEnded)
    {
        if (context.Route.BackgroundCommand.Length == 0) return;
        HookCommand command = CommandOf(context, context.Route.BackgroundCommand);
        string name = PeerText.Escape(command.Words[0]);
        int left = limits.BackgroundOutput;
        try
        {
            int status = await runner.RunAsync(command, Log, sessionEnded).ConfigureAwait(false);
            logger.BackgroundCommandEnded(context.SessionId, name, status);
        }
        catch (OperationCanceledException)
        {
            logger.BackgroundCommandStopped(context.SessionId, name);
        }
        catch (Exception e)
        {
            // Whatever happens to it is no affair of the session.
            logger.BackgroundCommandFailed(e, context.SessionId, name);
        }

        void Log(ReadOnlySpan<byte> bytes)
        {
            if (left <= 0 || !logger.IsEnabled(LogLevel.Debug)) return;
            left -= bytes.Length;
            foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                logger.BackgroundCommandOutput(context.SessionId, name, PeerText.Escape(line));
        }
    }

    /// <summary>Patterns are put in after the split: a user's name can never become a second argument.</summary>
    private static HookCommand CommandOf(HookContext context, string line)
    {
        if (!CommandWords.TrySplit(line, out IReadOnlyList<string>? words)) throw new InvalidOperationException("a command that the configuration should have refused");
        return new HookCommand
        {
            SessionId = context.SessionId,
            User = context.User,
            Words = [.. words.Select(context.Patterns.Expand)],
            Environment = HookEnvironment.Of(context),
            Folder = context.Account?.Home ?? "/",
        };
    }
}
