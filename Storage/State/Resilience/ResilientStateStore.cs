using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Storage.State.Resilience;

/// <summary>
/// A gateway's view of its store: answers from the store while that answers in time, else from the gateway's own memory, which always
/// knows what the gateway itself has live.
/// </summary>
/// <remarks>
/// A circuit breaker: the first call that fails or takes too long opens it; from then on no call waits for the store, a probe in the
/// background does. When the store answers again, what happened in the meantime is written back, and then the breaker closes. Where
/// the store is mandatory, logins fail while the breaker is open; everything else goes on as without.
/// </remarks>
public sealed partial class ResilientStateStore : IStateStore
{
    private const int ListPatience = 10;

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly MemoryStateStore _memory;
    private readonly OutageJournal _journal;
    private readonly ChangeFeed _changes = new();
    private readonly KeyedLock _users = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>Logins that did not come about, of which the store may have heard too late.</summary>
    private readonly ConcurrentQueue<string> _undone = new();
    private readonly Lock _lock = new();
    private readonly Task _recovery;
    private readonly Task _forwarding;

    /// <summary>Done when the store's changes arrive, or it turned out that they do not for now.</summary>
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when the breaker opens, so that whoever waits for the store stops waiting.</summary>
    private CancellationTokenSource _closedPeriod = new();
    private StateStoreStatus _status;
    private ResilienceOptions _options;
    private (GatewayRecord Gateway, TimeSpan Lease)? _lease;

    public ResilientStateStore(IStateStore store, ResilienceOptions options, TimeProvider? time = null)
    {
        _store = store;
        _options = options;
        _time = time ?? TimeProvider.System;
        _memory = new MemoryStateStore(_time);
        _journal = new OutageJournal(_time);
        _status = new StateStoreStatus(true, "", _time.GetUtcNow(), TimeSpan.Zero, 0, 0);
        StateMetrics.Add(this);
        _recovery = Task.Run(RecoverAsync);
        _forwarding = Task.Run(() => Task.WhenAll(ForwardStoreAsync(), ForwardMemoryAsync()));
    }

    /// <summary>For metrics and <c>/healthz</c>.</summary>
    public StateStoreStatus Status => Volatile.Read(ref _status) with { Waiting = _journal.Count };

    /// <summary>Other limits from now on.</summary>
    public void Apply(Func<ResilienceOptions, ResilienceOptions> change)
    {
        lock (_lock) Volatile.Write(ref _options, change(_options));
    }

    /// <summary>Connects before the first login does: that one need not wait for migrations. An outage is no error.</summary>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task StartAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await _store.GetErrorBannerAsync(timeout.Token).WaitAsync(patience, _time, cancellationToken);
        }
        catch (StateStoreException e)
        {
            Open(e.Message);
        }
        catch (TimeoutException)
        {
            await timeout.CancelAsync();
            Open($"no answer within {patience.TotalSeconds:0.#} s");
        }
    }

    public IAsyncEnumerable<StateChange> WatchAsync(CancellationToken cancellationToken) => _changes.ReadAsync(_listening.Task, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        StateMetrics.Remove(this);
        await _stop.CancelAsync();
        _changes.Close();
        _listening.TrySetCanceled();
        await Task.WhenAll(_recovery, _forwarding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _memory.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <param name="work">Asks the store.</param>
    /// <param name="mirror">Tells memory what the store answered.</param>
    /// <param name="fallback">Answers without the store, and notes what it has to learn.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <param name="patience">Multiple of the timeout.</param>
    /// <param name="operation">The method, for metrics.</param>
    private async Task<T> RunAsync<T>(
        Func<IStateStore, CancellationToken, Task<T>> work, Func<T, Task>? mirror, Func<StateStoreException, Task<T>> fallback,
        CancellationToken cancellationToken, int patience = 1, [CallerMemberName] string operation = "")
    {
        StateStoreStatus status = Volatile.Read(ref _status);
        if (!status.IsAvailable) return await fallback(new StateStoreException(status.Problem));
        T result;
        try
        {
            result = await AskAsync(work, Volatile.Read(ref _options).Timeout * patience, operation, cancellationToken);
        }
        catch (StateStoreException e)
        {
            if (e.IsOutage) Open(e.Message);
            return await fallback(e);
        }
        if (mirror is not null) await mirror(result);
        return result;
    }

    /// <summary>Waits for the store no longer than allowed, whatever it does with its cancellation token.</summary>
    private async Task<T> AskAsync<T>(
        Func<IStateStore, CancellationToken, Task<T>> work, TimeSpan timeout, string operation, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        CancellationTokenSource period = Volatile.Read(ref _closedPeriod);
        // Whoever is cancelled stops waiting; the store ends by itself what it has begun. Npgsql would ask the server to cancel it, blocking,
        // and the completion of the query waits for that, on the thread that serves all sockets.
        var stop = CancellationTokenSource.CreateLinkedTokenSource(period.Token);
        CancellationToken token = stop.Token;
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, token);
        Task<T> task = Task.Run(() => work(_store, token), CancellationToken.None);
        // The task may end long after its result is of no interest; its token source lives as long.
        _ = task.ContinueWith(
            t =>
            {
                _ = t.Exception;
                stop.Dispose();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return await task.WaitAsync(timeout, _time, waiting.Token);
        }
        catch (TimeoutException)
        {
            CancelQuietly(stop);
            throw new StateStoreException($"no answer within {timeout.TotalMilliseconds:0} ms");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StateStoreException(Volatile.Read(ref _status).Problem is { Length: > 0 } problem ? problem : "the operation was given up");
        }
        finally
        {
            SetLatency(Stopwatch.GetElapsedTime(started));
            StateMetrics.Took(operation, Stopwatch.GetElapsedTime(started));
        }
    }

    private static void CancelQuietly(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The task ended a moment after its time.
        }
    }

    private void SetLatency(TimeSpan latency)
    {
        lock (_lock) Volatile.Write(ref _status, _status with { Latency = latency });
    }

    private void Open(string problem)
    {
        CancellationTokenSource period;
        lock (_lock)
        {
            if (!_status.IsAvailable) return;
            Volatile.Write(ref _status, _status with { IsAvailable = false, Problem = problem, Since = _time.GetUtcNow(), Outages = _status.Outages + 1 });
            period = _closedPeriod;
            _closedPeriod = new CancellationTokenSource();
        }
        // On the pool: what it cancels continues there, not in the call that failed.
        _ = Task.Run(period.Cancel);
        _listening.TrySetResult();
        Wake();
        Volatile.Read(ref _options).AvailabilityChanged?.Invoke(problem);
    }

    private void Close()
    {
        lock (_lock)
        {
            if (_status.IsAvailable) return;
            Volatile.Write(ref _status, _status with { IsAvailable = true, Problem = "", Since = _time.GetUtcNow() });
        }
        Volatile.Read(ref _options).AvailabilityChanged?.Invoke(null);
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0) _wake.Release();
    }
}
