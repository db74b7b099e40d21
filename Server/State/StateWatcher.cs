using System.Diagnostics.CodeAnalysis;
using SshGateway.Server.Health;
using SshGateway.Storage.State;

namespace SshGateway.Server.State;

/// <summary>Follows the store's changes: orders are carried out at once, host states and the banner are read again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class StateWatcher(
    IStateStore store, HostHealth hosts, LiveConnections connections, OrderDesk orders, TimeProvider time)
{
    /// <summary>Many hosts changing together are read once.</summary>
    private static readonly TimeSpan HostsPause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _hostsChanged = new(0, 1);
    private ErrorBanner? _banner;
    private bool _isFirst = true;

    public ErrorBanner? Banner => Volatile.Read(ref _banner);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Task refreshing = RefreshHostsAsync(cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (StateChange change in store.WatchAsync(cancellationToken).ConfigureAwait(false))
                    await HandleAsync(change, cancellationToken).ConfigureAwait(false);
            }
            catch (StateStoreException)
            {
                // It begins anew, with a resync.
            }

            await Task.Delay(RetryPause, time, cancellationToken).ConfigureAwait(false);
        }

        await refreshing.ConfigureAwait(false);
    }

    private async Task HandleAsync(StateChange change, CancellationToken cancellationToken)
    {
        switch (change.Kind)
        {
            case StateChangeKind.Resync:
                await ResyncAsync(cancellationToken).ConfigureAwait(false);
                break;
            case StateChangeKind.Hosts:
                ReadHostsSoon();
                break;
            case StateChangeKind.Banner:
                await ReadBannerAsync(cancellationToken).ConfigureAwait(false);
                break;
            case StateChangeKind.Order when change.Order is { } order:
                orders.Carry(order);
                break;
        }
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        ReadHostsSoon();
        await ReadBannerAsync(cancellationToken).ConfigureAwait(false);
        if (!_isFirst) await connections.PutAllAsync(cancellationToken).ConfigureAwait(false);
        _isFirst = false;
    }

    private async Task ReadBannerAsync(CancellationToken cancellationToken)
    {
        ErrorBanner? banner = await store.GetErrorBannerAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _banner, banner);
    }

    private void ReadHostsSoon()
    {
        try
        {
            _hostsChanged.Release();
        }
        catch (SemaphoreFullException)
        {
            // They are about to be read.
        }
    }

    private async Task RefreshHostsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _hostsChanged.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await hosts.RefreshAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (StateStoreException)
            {
                // They are read again after the outage.
            }

            await Task.Delay(HostsPause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
