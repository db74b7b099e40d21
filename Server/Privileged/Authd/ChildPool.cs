using Microsoft.Extensions.Logging;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>Keeps one child process ready, so that nobody waits for a start, and bounds how many there are.</summary>
internal sealed class ChildPool(ILogger log) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private AuthdChild? _spare;
    private bool _closed;

    /// <summary>Starts the spare one.</summary>
    public void Prepare()
    {
        lock (_lock)
        {
            if (!_closed) _spare ??= AuthdChild.Start(log);
        }
    }

    /// <summary>A child that waits for work; the caller disposes it.</summary>
    public async Task<AuthdChild> TakeAsync(CancellationToken cancellationToken)
    {
        AuthdChild child = TakeSpare() ?? AuthdChild.Start(log);
        try
        {
            if (await child.Ready.WaitAsync(cancellationToken).ConfigureAwait(false) && !child.HasExited) return child;
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await child.DisposeAsync().ConfigureAwait(false);
        throw new PrivilegedHelperException("a child process did not start");
    }

    public async ValueTask DisposeAsync()
    {
        AuthdChild? spare;
        lock (_lock)
        {
            _closed = true;
            (spare, _spare) = (_spare, null);
        }

        if (spare is not null) await spare.DisposeAsync().ConfigureAwait(false);
    }

    private AuthdChild? TakeSpare()
    {
        AuthdChild? spare;
        lock (_lock)
        {
            (spare, _spare) = (_spare, null);
        }

        // The next one starts while this one works, and off the caller's path.
        _ = Task.Run(Refill);
        return spare is { HasExited: false } ? spare : null;
    }

    private void Refill()
    {
        try
        {
            Prepare();
        }
        catch (Exception e)
        {
            log.AuthdFailed(e);
        }
    }
}
