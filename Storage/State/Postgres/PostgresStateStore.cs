using System.Net.Sockets;
using Npgsql;

namespace SshGateway.Storage.State.Postgres;

/// <summary>State in PostgreSQL, shared by any number of gateways.</summary>
/// <remarks>
/// Nothing is done before the first use; that one applies the migrations. Every time that decides something is the database's.
/// </remarks>
public sealed partial class PostgresStateStore : IStateStore
{
    private static readonly TimeSpan UnregisteredLease = TimeSpan.FromSeconds(15);

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _listenSource;
    private readonly ChangeFeed _changes = new();
    private readonly PostgresListener _listener;
    private readonly KeyedLock _users = new();
    private readonly TrafficLedger _traffic = new();
    private readonly SemaphoreSlim _readyLock = new(1);
    private readonly string _name;
    private readonly PostgresClock _clock;
    private readonly StateRows _rows;
    private bool _isReady;
    private bool _isDisposed;

    /// <param name="connectionString">A URI, libpq's <c>key=value</c> words, or Npgsql's <c>key=value;</c>.</param>
    /// <param name="time">This machine's clock.</param>
    public PostgresStateStore(string connectionString, TimeProvider? time = null)
    {
        _clock = new PostgresClock(time ?? TimeProvider.System);
        _rows = new StateRows(_clock.TimeAt, static (row, column) => row.GetFieldValue<string[]>(column));
        NpgsqlConnectionStringBuilder settings = PostgresConnectionString.Parse(connectionString);
        _name = PostgresConnectionString.NameOf(settings);
        _source = PostgresConnectionString.DataSource(settings);
        _listenSource = PostgresConnectionString.ListenSource(settings);
        _listener = new PostgresListener(_listenSource, ReadyAsync, _changes);
    }

    public IAsyncEnumerable<StateChange> WatchAsync(CancellationToken cancellationToken) =>
        _changes.ReadAsync(_listener.StartAsync(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        _changes.Close();
        await _listener.DisposeAsync();
        await _source.DisposeAsync();
        await _listenSource.DisposeAsync();
    }

    private Task<bool> RunAsync(Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                await work(connection, token);
                return true;
            },
            cancellationToken);

    private Task<bool> ExecuteAsync(CancellationToken cancellationToken, params NpgsqlBatchCommand[] statements) =>
        RunAsync(
            async (connection, token) =>
            {
                await using NpgsqlBatch batch = Sql.Batch(connection, statements);
                await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    private Task<IReadOnlyList<T>> QueryAsync<T>(NpgsqlBatchCommand statement, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<T>>(
            async (connection, token) =>
            {
                await using NpgsqlBatch batch = Sql.Batch(connection, statement);
                await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(token);
                List<T> rows = [];
                while (await reader.ReadAsync(token)) rows.Add(read(reader));
                return rows;
            },
            cancellationToken);

    /// <summary>
    /// Runs work on a connection of the pool; once more when the connection turned out to be dead or the transaction was a victim: all
    /// operations may be repeated.
    /// </summary>
    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    await ReadyAsync(cancellationToken);
                    await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
                    return await work(connection, cancellationToken);
                }
                catch (NpgsqlException e) when (attempt == 1 && IsWorthAnotherAttempt(e) && !cancellationToken.IsCancellationRequested)
                {
                }
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw Failure(e);
        }
        finally
        {
            // Sockets complete inline: whoever awaits this must not go on on the thread that polls them.
            await Task.Yield();
        }
    }

    /// <summary>A pooled connection that died while idle, a deadlock, a connection the server is closing.</summary>
    private static bool IsWorthAnotherAttempt(NpgsqlException exception) => exception is PostgresException postgres
        ? postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.IdleSessionTimeout
        : exception.InnerException is IOException or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown };

    private StateStoreException Failure(Exception exception)
    {
        string reason = exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "the database is read-only",
            PostgresException postgres => postgres.MessageText,
            { InnerException: SocketException socket } => socket.Message,
            _ => exception.Message,
        };
        return new StateStoreException($"PostgreSQL {_name}: {StoredText.OneLine(reason)}", exception) { IsOutage = !IsAboutData(exception) };
    }

    /// <summary>Errors of one statement's values say nothing about the database: data exceptions, constraints, program limits.</summary>
    private static bool IsAboutData(Exception exception) =>
        exception is PostgresException { SqlState: var state } && (state.StartsWith("22", StringComparison.Ordinal)
            || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("54", StringComparison.Ordinal));

    private async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isReady)) return;
        await _readyLock.WaitAsync(cancellationToken);
        try
        {
            if (_isReady) return;
            await PostgresMigrations.ApplyAsync(_source, cancellationToken);
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
            await _clock.ReadAsync(connection, cancellationToken);
            Volatile.Write(ref _isReady, true);
        }
        finally
        {
            _readyLock.Release();
        }
    }
}
