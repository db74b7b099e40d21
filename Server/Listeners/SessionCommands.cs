using SshGateway.Protocol.Wire;
using SshGateway.Server.Hooks;

namespace SshGateway.Server.Listeners;

/// <summary>Ties the commands of a route to the life of one session.</summary>
internal sealed class SessionCommands : IAsyncDisposable
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended = new();
    private readonly Task _background;

    private SessionCommands(GatewayServices services, HookContext context) =>
        _background = context.Route.BackgroundCommand.Length == 0
            ? Task.CompletedTask
            : Task.Run(() => services.Hooks.RunBackgroundAsync(context, _ended.Token));

    /// <summary>Starts <c>bg_command</c>; it ends when this is disposed.</summary>
    public static SessionCommands Start(GatewayServices services, HookContext context) => new(services, context);

    /// <summary>Runs <c>blocking_command</c>. A user who leaves meanwhile takes it along: nobody reads from his connection, so that is looked at once a second.</summary>
    /// <exception cref="SshConnectionClosedException">He has left.</exception>
    public static async Task<BlockingResult> RunBlockingAsync(GatewayServices services, GatewaySession session, HookContext context)
    {
        if (context.Route.BlockingCommand.Length == 0) return BlockingResult.None;
        using var left = new CancellationTokenSource();
        Task<BlockingResult> running = services.Hooks.RunBlockingAsync(context, left.Token);
        using var timer = new PeriodicTimer(WatchInterval, services.Time);
        Task<bool> tick = timer.WaitForNextTickAsync().AsTask();
        while (await Task.WhenAny(running, tick).ConfigureAwait(false) != running)
        {
            if (session.HasLeft) await left.CancelAsync().ConfigureAwait(false);
            tick = timer.WaitForNextTickAsync().AsTask();
            if (left.IsCancellationRequested) break;
        }

        try
        {
            return await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (left.IsCancellationRequested)
        {
            throw new SshConnectionClosedException("the client left while blocking_command ran", DisconnectReason.ConnectionLost, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _background.ConfigureAwait(false);
        _ended.Dispose();
    }
}
