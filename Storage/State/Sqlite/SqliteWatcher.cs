using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SshGateway.Storage.State.Sqlite;

/// <summary>
/// Notices by inotify that any process wrote to the database and reads what changed. Costs nothing while nobody writes.
/// </summary>
/// <remarks>
/// The write-ahead log is written a moment before its commit can be read, so that whoever is told by that write looks twice; stores also
/// touch the database file once they have committed. A look per second catches what inotify may lose.
/// </remarks>
internal sealed class SqliteWatcher(string path, Func<SqliteSession> open, ChangeFeed feed) : IAsyncDisposable
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan WithoutNotice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WithoutInotify = TimeSpan.FromMilliseconds(80);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _written = new(0);
    private readonly Lock _lock = new();
    private Task? _run;

    public Task StartAsync()
    {
        lock (_lock) _run ??= Task.Run(RunAsync);
        return _listening.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listening.TrySetCanceled();
        if (_run is { } run) await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _written.Dispose();
    }

    private async Task RunAsync()
    {
        using FileSystemWatcher? inotify = Watch();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using SqliteSession session = open();
                await FollowAsync(session, inotify is null ? WithoutInotify : WithoutNotice);
            }
            catch (Exception e) when (e is SqliteException or StateStoreException or IOException)
            {
                await Task.Delay(WithoutNotice, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(SqliteSession session, TimeSpan longestWait)
    {
        long last = session.Number("select coalesce(max(number), 0) from change") ?? 0;
        if (!_listening.TrySetResult()) feed.PublishResync();
        while (true)
        {
            if (await _written.WaitAsync(longestWait, _stop.Token))
            {
                await Task.Delay(Settling, _stop.Token);
                Drain();
                last = Publish(session, last);
                await Task.Delay(SecondLook, _stop.Token);
            }
            last = Publish(session, last);
        }
    }

    /// <returns>The last change published.</returns>
    private long Publish(SqliteSession session, long last)
    {
        foreach ((long number, string kind, string key) in session.Query(
            "select number, kind, key from change where number > ?1 order by number", r => (r.GetInt64(0), r.GetString(1), r.GetString(2)), last))
        {
            last = number;
            if (Change(session, kind, key) is { } change) feed.Publish(change);
        }
        return last;
    }

    private static StateChange? Change(SqliteSession session, string kind, string key) => kind switch
    {
        "hosts" => new StateChange(StateChangeKind.Hosts, key),
        "banner" => new StateChange(StateChangeKind.Banner),
        "persisted" => new StateChange(StateChangeKind.Persisted),
        "shared" => new StateChange(StateChangeKind.Shared, key),
        "order" => session.Query(
            "select kind, connection, user_name, host, message from gateway_order where number = ?1",
            r => StateRows.Order(r) is { } order ? new StateChange(StateChangeKind.Order, Order: order) : null,
            long.Parse(key, CultureInfo.InvariantCulture)).FirstOrDefault(),
        _ => null,
    };

    private void Drain()
    {
        while (_written.Wait(0))
        {
        }
    }

    /// <summary>Null when the machine has no watch left to give: then there is a look every 80 ms.</summary>
    private FileSystemWatcher? Watch()
    {
        try
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*") { NotifyFilter = NotifyFilters.LastWrite };
            watcher.Changed += (_, e) =>
            {
                if (!e.Name!.EndsWith("-shm", StringComparison.Ordinal) && _written.CurrentCount == 0) _written.Release();
            };
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return null;
        }
    }
}
