namespace SshGateway.Storage.State.Resilience;

public sealed partial class ResilientStateStore
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WriteBackTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After a recovery everything is put once more: a database that had hung may have done, later than that, what it was asked before.
    /// </summary>
    private static readonly TimeSpan ConfirmAfter = TimeSpan.FromSeconds(3);

    /// <summary>Sleeps while all is well; after an outage probes, writes back, and closes the breaker.</summary>
    private async Task RecoverAsync()
    {
        long? confirmAt = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(
                    confirmAt is { } due ? TimeSpan.FromMilliseconds(Math.Max(0, due - Environment.TickCount64)) : Timeout.InfiniteTimeSpan, _stop.Token);
                bool wasAway = !Volatile.Read(ref _status).IsAvailable;
                if (confirmAt <= Environment.TickCount64)
                {
                    await NoteEverythingAsync();
                    confirmAt = null;
                }
                while (!await TryRecoverAsync())
                {
                    wasAway = true;
                    await Task.Delay(Volatile.Read(ref _options).ProbeInterval, _time, _stop.Token);
                }
                if (wasAway) confirmAt = Environment.TickCount64 + (long)ConfirmAfter.TotalMilliseconds;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<bool> TryRecoverAsync()
    {
        bool wasAway = !Volatile.Read(ref _status).IsAvailable;
        try
        {
            if (wasAway) await WithTimeoutAsync(ProbeAsync, ProbeTimeout);
            // What is decided meanwhile goes to the journal: it is empty only when the store knows all.
            do
            {
                await WithTimeoutAsync(token => _journal.WriteBackAsync(_store, _memory, token), WriteBackTimeout);
            }
            while (_journal.Count > 0);
            if (!wasAway) return true;
            Close();
            await RefreshHostsAsync();
            _changes.PublishResync();
            // Someone may have found the breaker open a moment before it closed.
            if (_journal.Count > 0) Wake();
            return true;
        }
        catch (Exception e) when (e is StateStoreException or TimeoutException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            if (e is StateStoreException { IsOutage: false }) return true;
            Open(e.Message);
            return false;
        }
    }

    /// <summary>A write, because a store that can only be read is of no use. All live connections are to be put afterwards.</summary>
    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (_lease is not { } lease)
        {
            await _store.GetErrorBannerAsync(cancellationToken);
            return;
        }
        await _store.RenewLeaseAsync(lease.Gateway, lease.Lease, cancellationToken);
        await NoteLiveAsync();
    }

    private async Task NoteLiveAsync()
    {
        foreach (ConnectionRecord connection in await _memory.GetConnectionsAsync(_stop.Token)) _journal.Touch(connection.Id);
    }

    private async Task NoteEverythingAsync()
    {
        while (_undone.TryDequeue(out string? undone)) _journal.End(undone, null, TimeSpan.Zero, TimeSpan.Zero);
        await NoteLiveAsync();
    }

    private async Task WithTimeoutAsync(Func<CancellationToken, Task> work, TimeSpan timeout)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task task = Task.Run(() => work(stop.Token), CancellationToken.None);
        try
        {
            await task.WaitAsync(timeout, _time, _stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    /// <summary>Hands on what the store tells, and keeps memory's host states as the store has them.</summary>
    private async Task ForwardStoreAsync()
    {
        bool isStale = false;
        IAsyncEnumerator<StateChange> changes = _store.WatchAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        try
        {
            Task<bool> next = changes.MoveNextAsync().AsTask();
            while (true)
            {
                if (isStale && !next.IsCompleted)
                {
                    await RefreshHostsAsync();
                    isStale = false;
                    await Task.WhenAny(next, Task.Delay(RefreshInterval, _time, _stop.Token));
                }
                if (!await next) return;
                isStale |= changes.Current.Kind is StateChangeKind.Hosts or StateChangeKind.Resync;
                if (changes.Current.Kind != StateChangeKind.Resync || !_listening.TrySetResult()) _changes.Publish(changes.Current);
                next = changes.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            await changes.DisposeAsync();
        }
    }

    /// <summary>While the store is away, what this gateway changes in its memory is all that changes.</summary>
    private async Task ForwardMemoryAsync()
    {
        try
        {
            await foreach (StateChange change in _memory.WatchAsync(_stop.Token))
                if (!Volatile.Read(ref _status).IsAvailable && change.Kind != StateChangeKind.Resync) _changes.Publish(change);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task RefreshHostsAsync()
    {
        if (!Volatile.Read(ref _status).IsAvailable) return;
        try
        {
            await WithTimeoutAsync(async token => _memory.ReplaceHosts(await _store.GetHostsAsync(token)), Volatile.Read(ref _options).Timeout * ListPatience);
        }
        catch (Exception e) when (e is StateStoreException or TimeoutException)
        {
            // The next call notices.
        }
    }
}
