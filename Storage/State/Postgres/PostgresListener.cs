using System.Globalization;
using System.Threading.Channels;
using Npgsql;

namespace SshGateway.Storage.State.Postgres;

/// <summary>Listens on a connection of its own, from the first watcher on, and comes back after every outage.</summary>
internal sealed class PostgresListener(NpgsqlDataSource source, Func<CancellationToken, ValueTask> ready, ChangeFeed feed) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly HashSet<long> _seenOrders = [];
    private Task? _run;
    private long? _lastOrder;

    /// <summary>Starts if it has not been; completes when changes arrive.</summary>
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
    }

    private async Task RunAsync()
    {
        TimeSpan pause = TimeSpan.Zero;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ready(_stop.Token);
                await using NpgsqlConnection connection = await source.OpenConnectionAsync(_stop.Token);
                await ListenAsync(connection, () => pause = TimeSpan.Zero);
            }
            catch (Exception e) when (e is NpgsqlException or StateStoreException or TimeoutException or IOException or InvalidOperationException)
            {
                // Whoever watches learns of the outage by the Resync that ends it.
            }
            catch (OperationCanceledException)
            {
                if (_stop.IsCancellationRequested) return;
            }
            pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, (pause.TotalMilliseconds * 2) + 50));
            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, Action succeeded)
    {
        var payloads = Channel.CreateUnbounded<string>(); // emptied after each wait; the server's own queue is what bounds it
        connection.Notification += (_, notification) => payloads.Writer.TryWrite(notification.Payload);
        await using (var listen = new NpgsqlCommand("listen sshgateway", connection)) await listen.ExecuteNonQueryAsync(_stop.Token);
        await ReadMissedOrdersAsync(connection);
        succeeded();
        if (!_listening.TrySetResult()) feed.PublishResync();
        while (true)
        {
            while (payloads.Reader.TryRead(out string? payload)) await PublishAsync(connection, payload);
            await connection.WaitAsync(_stop.Token);
        }
    }

    private async Task PublishAsync(NpgsqlConnection connection, string payload)
    {
        int space = payload.IndexOf(' ', StringComparison.Ordinal);
        string kind = space < 0 ? payload : payload[..space], key = space < 0 ? "" : payload[(space + 1)..];
        switch (kind)
        {
            case "hosts": feed.Publish(new StateChange(StateChangeKind.Hosts, key)); break;
            case "banner": feed.Publish(new StateChange(StateChangeKind.Banner)); break;
            case "persisted": feed.Publish(new StateChange(StateChangeKind.Persisted)); break;
            case "shared": feed.Publish(new StateChange(StateChangeKind.Shared, key)); break;
            case "order" when long.TryParse(key, CultureInfo.InvariantCulture, out long number):
                await ReadOrdersAsync(connection, "number = $1", number);
                break;
            default: break; // a newer program says more
        }
    }

    /// <summary>Orders given while there was no connection.</summary>
    private async Task ReadMissedOrdersAsync(NpgsqlConnection connection)
    {
        if (_lastOrder is { } last)
        {
            await ReadOrdersAsync(connection, "number > $1", last);
            return;
        }
        await using var newest = new NpgsqlCommand("select coalesce(max(number), 0) from sshgateway.gateway_order", connection);
        _lastOrder = (long)(await newest.ExecuteScalarAsync(_stop.Token))!;
    }

    private async Task ReadOrdersAsync(NpgsqlConnection connection, string condition, long number)
    {
        await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement(
            $"select kind, connection, user_name, host, message, number from sshgateway.gateway_order where {condition} order by number", Sql.Number(number)));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(_stop.Token);
        while (await reader.ReadAsync(_stop.Token))
        {
            long read = reader.GetInt64(5);
            if (StateRows.Order(reader) is not { } order || !_seenOrders.Add(read)) continue;
            _lastOrder = Math.Max(_lastOrder ?? 0, read);
            feed.Publish(new StateChange(StateChangeKind.Order, Order: order));
        }
        if (_seenOrders.Count > 10_000) _seenOrders.RemoveWhere(n => n < _lastOrder - 1000);
    }
}
