using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace SshGateway.Storage.State.Postgres;

/// <summary>
/// Times go into the database by the database's clock and come out by this machine's, so that a machine whose clock is wrong neither
/// ends a drain early nor shows others what it believes to be now.
/// </summary>
internal sealed class PostgresClock(TimeProvider time)
{
    /// <summary>Clocks that are as close count as the same: a time that is written reads back unchanged.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private long _ahead;

    /// <summary>How far the database's clock is ahead of this machine's; zero within the tolerance.</summary>
    public TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    /// <summary>Asks the database what time it is.</summary>
    public async Task ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement("select clock_timestamp()"));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        TimeSpan ahead = reader.TimeAt(0) - time.GetUtcNow();
        // What was measured before holds while it still does about: times that were shown stay as they were.
        if ((ahead - Ahead).Duration() <= Tolerance) return;
        Interlocked.Exchange(ref _ahead, ahead.Duration() <= Tolerance ? 0 : ahead.Ticks);
    }

    public DateTimeOffset ToDatabase(DateTimeOffset local) => Shift(local, Ahead);

    /// <param name="database">In UTC.</param>
    public DateTimeOffset ToLocal(DateTime database) => Shift(new DateTimeOffset(DateTime.SpecifyKind(database, DateTimeKind.Utc)), -Ahead);

    /// <summary>A column as this machine's time.</summary>
    public DateTimeOffset TimeAt(DbDataReader row, int column) => ToLocal(row.GetFieldValue<DateTime>(column));

    public NpgsqlParameter Time(DateTimeOffset? local) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        Value = local is { } value ? ToDatabase(value).UtcDateTime : DBNull.Value,
    };

    public NpgsqlParameter Times(IEnumerable<DateTimeOffset> local) => new NpgsqlParameter<DateTime[]>
    {
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        TypedValue = [.. local.Select(value => ToDatabase(value).UtcDateTime)],
    };

    /// <summary>"Never" and "always" stay what they are.</summary>
    private static DateTimeOffset Shift(DateTimeOffset time, TimeSpan by) =>
        by > TimeSpan.Zero && time > DateTimeOffset.MaxValue - by ? DateTimeOffset.MaxValue
        : by < TimeSpan.Zero && time < DateTimeOffset.MinValue - by ? DateTimeOffset.MinValue
        : time + by;
}
