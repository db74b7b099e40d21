using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Resilience;

namespace SshGateway.Server.State;

/// <summary>The store that <c>state.database</c> names, which the gateway's memory stands in for while it is away.</summary>
internal static class StateOpening
{
    private const string SqlitePrefix = "sqlite:";

    public static ResilientStateStore Open(StateConfiguration configuration, ILogger logger) => StateStores.OpenResilient(
        configuration.Database.Length == 0 ? StateConfiguration.InMemory : configuration.Database,
        new ResilienceOptions
        {
            Timeout = configuration.Timeout,
            IsMandatory = configuration.Mandatory,
            AvailabilityChanged = problem =>
            {
                if (problem is null) logger.StateBack();
                else logger.StateAway(problem);
            },
        });

    /// <summary>For the log: what kind, and for a file which; never a connection string.</summary>
    public static string Name(StateConfiguration configuration) =>
        configuration.Database.StartsWith(SqlitePrefix, StringComparison.Ordinal) ? configuration.Database
        : configuration.Database.Length == 0 || configuration.Database == StateConfiguration.InMemory ? "memory"
        : "PostgreSQL";
}
