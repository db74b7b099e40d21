using Npgsql;
using SshGateway.Storage.State.Migrations;

namespace SshGateway.Storage.State.Postgres;

/// <summary>Brings the schema to the version this program knows.</summary>
/// <remarks>
/// Migrations only add, so that a program of the version before goes on running beside this one during an upgrade. It would not start
/// again, though: a schema newer than known is refused.
/// </remarks>
internal static class PostgresMigrations
{
    /// <summary>Any number, the same for ever.</summary>
    private const long LockKey = 0x5348_4757_0001;

    public static async Task ApplyAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        IReadOnlyList<MigrationScript> scripts = MigrationScript.Load("postgres");
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        // Without a lock first: whoever may only read can use a schema that is as it should be.
        if (await VersionAsync(connection, cancellationToken) is var version && version == scripts[^1].Number) return;
        if (version > scripts[^1].Number) throw MigrationScript.TooNew(version, scripts[^1].Number);

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"select pg_advisory_xact_lock({LockKey})", cancellationToken);
        version = await VersionAsync(connection, cancellationToken);
        if (version > scripts[^1].Number) throw MigrationScript.TooNew(version, scripts[^1].Number);
        if (version == 0)
        {
            await RunAsync(connection, "create schema if not exists sshgateway", cancellationToken);
            await RunAsync(
                connection, "create table sshgateway.migration (number integer primary key, name text not null, applied timestamptz not null default now())",
                cancellationToken);
        }
        foreach (MigrationScript script in scripts.Where(s => s.Number > version))
        {
            await RunAsync(connection, script.Sql, cancellationToken);
            await using NpgsqlBatch note = Sql.Batch(
                connection, Sql.Statement("insert into sshgateway.migration (number, name) values ($1, $2)", Sql.Small(script.Number), Sql.Text(script.Name)));
            await note.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The last migration applied; 0 when there is no schema yet.</summary>
    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A query of the catalogue: to_regclass answers from a cache that the wait for the lock may have made old.
        await using var exists = new NpgsqlCommand(
            "select exists (select from pg_catalog.pg_tables where schemaname = 'sshgateway' and tablename = 'migration')", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true) return 0;
        await using var newest = new NpgsqlCommand("select coalesce(max(number), 0) from sshgateway.migration", connection);
        return (int)(await newest.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
