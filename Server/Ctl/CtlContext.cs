using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl.Arguments;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl;

/// <summary>What a command works with.</summary>
internal sealed record CtlContext
{
    public required CtlArguments Arguments { get; init; }

    /// <summary>Words after the command's name.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    public required Terminal Terminal { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Who runs the command, as it stands in events.</summary>
    public required string Actor { get; init; }

    /// <summary>The configuration, where the command asks for one.</summary>
    public GatewayConfiguration Configuration { get; init; } = new();

    public IStateStore? OpenedStore { get; init; }

    /// <summary>The store, where the command asks for one.</summary>
    public IStateStore Store => OpenedStore ?? throw new InvalidOperationException("The command did not ask for the store.");

    /// <summary>The system groups of a user; null when there is no such user.</summary>
    public required Func<string, IReadOnlyList<string>?> GroupsOf { get; init; }

    /// <summary>Has the gateway run the same command line.</summary>
    public required Func<GatewayConfiguration, CancellationToken, Task<int>> RunInGatewayAsync { get; init; }

    /// <summary>The sessions of the gateway in which the command runs; null in a process of its own.</summary>
    public LiveSessions? Live { get; init; }

    /// <summary>JSON goes before CSV (but see <c>show connections</c>).</summary>
    public OutputFormat Format =>
        Arguments.Has(CtlOption.Json) ? OutputFormat.Json : Arguments.Has(CtlOption.Csv) ? OutputFormat.Csv : OutputFormat.Table;

    public TimeZoneInfo Zone => Time.LocalTimeZone;

    public DateTimeOffset Now => Time.GetUtcNow();

    public string LocalTime(DateTimeOffset time) => Units.Time(time, Zone);

    public string Rfc3339(DateTimeOffset time) => Units.Rfc3339(time, Zone);

    /// <summary>Notes in the history what was changed, and by whom.</summary>
    public Task RecordAsync(string what, CancellationToken cancellationToken, string host = "", string user = "", string connection = "") =>
        RecordAsync([(what, host, user, connection)], cancellationToken);

    /// <summary>Notes several things at once.</summary>
    public Task RecordAsync(IEnumerable<(string What, string Host, string User, string Connection)> changes, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Now;
        EventRecord[] events =
        [
            .. changes.Select(change => new EventRecord
            {
                Time = now, Kind = "ctl", Source = Actor, Message = change.What, Host = change.Host, User = change.User, Connection = change.Connection,
            }),
        ];
        return events.Length == 0 ? Task.CompletedTask : Store.AddEventsAsync(events, cancellationToken);
    }
}
