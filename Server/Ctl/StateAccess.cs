using SshGateway.Server.Admin;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Postgres;
using SshGateway.Storage.State.Sqlite;

namespace SshGateway.Server.Ctl;

/// <summary>How ctl comes to the state: the database of the configuration, or the gateway where the state is only there.</summary>
internal static class StateAccess
{
    private const string SqlitePrefix = "sqlite:";

    /// <returns>Null: ask the gateway.</returns>
    /// <exception cref="StateStoreException">There is no way.</exception>
    public static Task<(IStateStore Store, bool IsOwned)?> OpenAsync(GatewayConfiguration configuration, CancellationToken cancellationToken) =>
        Task.FromResult<(IStateStore, bool)?>(Open(configuration) is { } store ? (store, true) : null);

    private static IStateStore? Open(GatewayConfiguration configuration)
    {
        string database = configuration.State.Database;
        if (database == StateConfiguration.InMemory) return null;
        return database.StartsWith(SqlitePrefix, StringComparison.Ordinal) ? OpenSqlite(database[SqlitePrefix.Length..], configuration) : OpenPostgres(database);
    }

    private static SqliteStateStore? OpenSqlite(string path, GatewayConfiguration configuration)
    {
        try
        {
            OwnedFile.Create(path);
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (UnauthorizedAccessException) when (AdminClient.IsReachable(AdminSocket.PathIn(configuration.StateDir)))
        {
            // One of the admin group: the gateway may do what he may not.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"SQLite {path}: {e.Message}", e);
        }

        return new SqliteStateStore(path);
    }

    private static PostgresStateStore OpenPostgres(string connection)
    {
        try
        {
            return new PostgresStateStore(connection);
        }
        catch (FormatException e)
        {
            throw new StateStoreException(e.Message, e);
        }
    }
}
