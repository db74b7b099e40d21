using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>Somebody who watches a store.</summary>
internal sealed class WatchedChanges : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _cancel = new();
    private readonly IAsyncEnumerator<StateChange> _changes;
    private Task<bool> _next = Task.FromResult(true);

    private WatchedChanges(IStateStore store) => _changes = store.WatchAsync(_cancel.Token).GetAsyncEnumerator(_cancel.Token);

    /// <summary>Returns when the store listens.</summary>
    public static async Task<WatchedChanges> StartAsync(IStateStore store)
    {
        var watch = new WatchedChanges(store);
        Assert.Equal(StateChangeKind.Resync, (await watch.NextAsync()).Kind);
        return watch;
    }

    public async Task<StateChange> NextAsync()
    {
        _next = _changes.MoveNextAsync().AsTask();
        Assert.True(await _next.WaitAsync(Patience));
        return _changes.Current;
    }

    /// <summary>Reads on until one is of the kind.</summary>
    public async Task<StateChange> NextAsync(StateChangeKind kind)
    {
        while (true)
        {
            StateChange change = await NextAsync();
            if (change.Kind == kind) return change;
        }
    }

    public Task CancelAsync() => _cancel.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _changes.DisposeAsync();
        _cancel.Dispose();
    }
}
