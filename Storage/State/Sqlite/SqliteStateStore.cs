using Microsoft.Data.Sqlite;

namespace SshGateway.Storage.State.Sqlite;

/// <summary>State in a file, for the processes of one machine. The database's clock is the machine's.</summary>
/// <remarks>
/// SQLite blocks, so all work runs on pool threads. One connection writes and one reads: a long list does not hold up a login. Between
/// processes the file's write lock makes each transaction the only one.
/// </remarks>
public sealed partial class SqliteStateStore : IStateStore
{
    private static readonly TimeSpan UnregisteredLease = TimeSpan.FromSeconds(15);
    private static readonly StateRows Rows = new(SqliteTime.TimeAt, (row, column) => StoredText.ListFromJson(row.GetString(column)));

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ChangeFeed _changes = new();
    private readonly SqliteWatcher _watcher;
    private readonly Gate _writer = new();
    private readonly Gate _reader = new();
    private bool _isReady;
    private volatile bool _isDisposed;

    public SqliteStateStore(string path, TimeProvider? time = null)
    {
        _path = Path.GetFullPath(path);
        _time = time ?? TimeProvider.System;
        _watcher = new SqliteWatcher(_path, Open, _changes);
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    public IAsyncEnumerable<StateChange> WatchAsync(CancellationToken cancellationToken) =>
        _changes.ReadAsync(_watcher.StartAsync(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _changes.Close();
        await _watcher.DisposeAsync();
        foreach (Gate gate in new[] { _writer, _reader })
        {
            await gate.Semaphore.WaitAsync();
            gate.Session?.Dispose();
            gate.Session = null;
            gate.Semaphore.Release();
        }
    }

    private Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) => RunAsync(_reader, work, cancellationToken);

    /// <summary>A transaction.</summary>
    private Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        RunAsync(
            _writer,
            session =>
            {
                session.Run("begin immediate");
                try
                {
                    T result = work(session);
                    session.Run("commit");
                    return result;
                }
                catch
                {
                    TryRollback(session);
                    throw;
                }
            },
            cancellationToken);

    private Task<bool> WriteAsync(Action<SqliteSession> work, CancellationToken cancellationToken) =>
        WriteAsync(
            session =>
            {
                work(session);
                return true;
            },
            cancellationToken);

    /// <summary>A transaction after which others look for changes at once.</summary>
    private async Task<T> ChangeAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        T result = await WriteAsync(work, cancellationToken);
        try
        {
            File.SetLastWriteTimeUtc(_path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not the owner: the watchers see the write to the log.
        }
        return result;
    }

    private Task<int> ChangeAsync(string sql, object?[] values, CancellationToken cancellationToken) =>
        ChangeAsync(session => session.Execute(sql, values), cancellationToken);

    private async Task<T> RunAsync<T>(Gate gate, Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await gate.Semaphore.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => work(gate.Session ??= Open()), cancellationToken);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            StateStoreException failure = Failure(e);
            if (failure.IsOutage)
            {
                gate.Session?.Dispose(); // the file may have been replaced, or its file system be back: open it anew
                gate.Session = null;
            }
            throw failure;
        }
        finally
        {
            gate.Semaphore.Release();
        }
    }

    private SqliteSession Open()
    {
        if (_isDisposed) throw new StateStoreException($"SQLite {_path}: the store is closed");
        if (!File.Exists(_path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            // The group may be given to operators; the log and its index get the same mode.
            using var created = new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
            });
            Volatile.Write(ref _isReady, false);
        }
        var session = new SqliteSession(_path);
        try
        {
            if (!Volatile.Read(ref _isReady)) SqliteMigrations.Apply(session);
            Volatile.Write(ref _isReady, true);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private StateStoreException Failure(Exception exception)
    {
        const int TooBig = 18, Constraint = 19, Mismatch = 20;
        bool isAboutData = exception is SqliteException { SqliteErrorCode: TooBig or Constraint or Mismatch };
        return new StateStoreException($"SQLite {_path}: {StoredText.OneLine(exception.Message)}", exception) { IsOutage = !isAboutData };
    }

    private static void TryRollback(SqliteSession session)
    {
        try
        {
            session.Run("rollback");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back already, which it does by itself when the disk is full.
        }
    }

    private sealed class Gate
    {
        public SemaphoreSlim Semaphore { get; } = new(1);

        public SqliteSession? Session { get; set; }
    }
}
