using SshGateway.Storage.State.Memory;
using SshGateway.Storage.State.Postgres;
using SshGateway.Storage.State.Resilience;
using SshGateway.Storage.State.Sqlite;

namespace SshGateway.Storage.State;

/// <summary>Stores by the text of <c>state.database</c>.</summary>
public static class StateStores
{
    /// <param name="database"><c>sqlite:PATH</c>, a PostgreSQL URI or key=value string, <c>memory:</c>, or <c>env:NAME</c> for the variable that holds one of these.</param>
    /// <param name="time">This machine's clock.</param>
    /// <returns>A store that connects when it is used first.</returns>
    /// <exception cref="FormatException">The text is none of these. The message has no secret.</exception>
    public static IStateStore Open(string database, TimeProvider? time = null)
    {
        if (Rest(database, "env:") is { } name)
        {
            string? value = Environment.GetEnvironmentVariable(name);
            if (string.IsNullOrEmpty(value)) throw new FormatException($"state.database: the environment variable {StoredText.OneLine(name)} is not set");
            if (value.StartsWith("env:", StringComparison.Ordinal)) throw new FormatException("state.database: env: leads to another env:");
            return Open(value, time);
        }
        if (Rest(database, "sqlite:") is { } path)
            return path.Length > 0 ? new SqliteStateStore(path, time) : throw new FormatException("state.database: sqlite: needs a path");
        if (Rest(database, "memory:") is not null) return new MemoryStateStore(time);
        if (PostgresConnectionString.IsUri(database) || database.Contains('=', StringComparison.Ordinal)) return new PostgresStateStore(database, time);
        throw new FormatException("state.database: expected sqlite:PATH, a PostgreSQL URI or key=value string, env:NAME or memory:");
    }

    /// <summary>The same for a gateway, which goes on when its store does not.</summary>
    public static ResilientStateStore OpenResilient(string database, ResilienceOptions options, TimeProvider? time = null) =>
        new(Open(database, time), options, time);

    private static string? Rest(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : null;
}
