using SshGateway.Server.Admin;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>How ctl comes to the state: the database of the configuration, or the gateway where the state is only there.</summary>
internal static class StateAccess
{
    private const string SqlitePrefix = "sqlite:";

    /// <returns>Null: ask the gateway.</returns>
    /// <exception cref="StateStoreException">There is no way.</exception>
    public static IStateStore? Open(GatewayConfiguration configuration)
    {
        string database = configuration.State.Database;
        if (database == StateConfiguration.InMemory) return null;
        if (database.StartsWith(SqlitePrefix, StringComparison.Ordinal) && !CanOpen(database[SqlitePrefix.Length..], configuration)) return null;
        try
        {
            return StateStores.Open(database);
        }
        catch (FormatException e)
        {
            throw new StateStoreException(e.Message, e);
        }
    }

    // False: only the gateway can.
    private static bool CanOpen(string path, GatewayConfiguration configuration)
    {
        try
        {
            OwnedFile.Create(path);
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return true;
        }
        catch (UnauthorizedAccessException) when (AdminClient.IsReachable(AdminSocket.PathIn(configuration.StateDir)))
        {
            // One of the admin group: the gateway may do what he may not.
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"SQLite {path}: {e.Message}", e);
        }
    }
}
