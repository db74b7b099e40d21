using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace SshGateway.Storage.State.Postgres;

/// <summary>Statements with positional parameters of known types: nothing is left for the server to guess.</summary>
internal static class Sql
{
    /// <summary>
    /// Begins a transaction that does not wait for the disk. What is live is put again after a crash of the database, so that its last
    /// half second may be lost.
    /// </summary>
    public static readonly string[] BeginRelaxed = ["begin", "set local synchronous_commit = off"];

    public static NpgsqlBatchCommand Statement(string text, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (NpgsqlParameter parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    public static NpgsqlParameter Text(string? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.Text, Value = value is null ? DBNull.Value : StoredText.Clean(value) };

    public static NpgsqlParameter Texts(IEnumerable<string> values) =>
        new NpgsqlParameter<string[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, TypedValue = [.. values.Select(StoredText.Clean)] };

    public static NpgsqlParameter Number(long value) => new NpgsqlParameter<long> { NpgsqlDbType = NpgsqlDbType.Bigint, TypedValue = value };

    public static NpgsqlParameter Small(int value) => new NpgsqlParameter<int> { NpgsqlDbType = NpgsqlDbType.Integer, TypedValue = value };

    public static NpgsqlParameter Smalls(int[] values) =>
        new NpgsqlParameter<int[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer, TypedValue = values };

    public static NpgsqlParameter Numbers(IEnumerable<long> values) =>
        new NpgsqlParameter<long[]> { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, TypedValue = [.. values] };

    public static NpgsqlParameter Flag(bool value) => new NpgsqlParameter<bool> { NpgsqlDbType = NpgsqlDbType.Boolean, TypedValue = value };

    public static NpgsqlParameter Bytes(byte[] value) => new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Bytea, TypedValue = value };

    public static NpgsqlParameter Interval(TimeSpan? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.Interval, Value = value is { } span ? span : DBNull.Value };

    /// <summary>By the database's clock.</summary>
    public static NpgsqlParameter Time(DateTimeOffset value) => new NpgsqlParameter<DateTime> { NpgsqlDbType = NpgsqlDbType.TimestampTz, TypedValue = value.UtcDateTime };

    public static NpgsqlBatch Batch(NpgsqlConnection connection, params ReadOnlySpan<NpgsqlBatchCommand> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (NpgsqlBatchCommand statement in statements) batch.BatchCommands.Add(statement);
        return batch;
    }

    /// <summary>Runs statements as one transaction that does not wait for the disk, in one round trip.</summary>
    public static async Task RunRelaxedAsync(NpgsqlConnection connection, IReadOnlyList<NpgsqlBatchCommand> statements, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Batch(connection);
        foreach (string begin in BeginRelaxed) batch.BatchCommands.Add(Statement(begin));
        foreach (NpgsqlBatchCommand statement in statements) batch.BatchCommands.Add(statement);
        batch.BatchCommands.Add(Statement("commit"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>By the database's clock.</summary>
    public static DateTimeOffset TimeAt(this DbDataReader reader, int column) =>
        new(DateTime.SpecifyKind(reader.GetFieldValue<DateTime>(column), DateTimeKind.Utc));

    public static DateTimeOffset? TimeOrNullAt(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.TimeAt(column);
}
