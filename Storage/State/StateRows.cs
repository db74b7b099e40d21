using System.Data.Common;

namespace SshGateway.Storage.State;

/// <summary>Records from the rows of either database, which differ in how they keep times and lists. Columns are in the order of the records' lines.</summary>
/// <param name="time">A time that is not null.</param>
/// <param name="list">A list of texts.</param>
internal sealed class StateRows(Func<DbDataReader, int, DateTimeOffset> time, Func<DbDataReader, int, IReadOnlyList<string>> list)
{
    private static readonly Dictionary<string, string> NoDetails = [];

    /// <summary>Id, gateway, user, groups, service, client, listener, host, start, last activity; perhaps the details as JSON.</summary>
    /// <param name="row">The row.</param>
    /// <param name="traffic">What is known of its traffic; null: nothing has passed yet.</param>
    /// <param name="details">The column of the details, or -1.</param>
    public ConnectionRecord Connection(DbDataReader row, in TrafficSample? traffic, int details) => new()
    {
        Id = row.GetString(0),
        Gateway = row.GetString(1),
        User = row.GetString(2),
        Groups = list(row, 3),
        Service = row.GetString(4),
        Client = row.GetString(5),
        From = row.GetString(6),
        Host = row.GetString(7),
        Start = time(row, 8),
        LastActive = traffic is { } known ? known.LastActive : time(row, 9),
        BytesIn = traffic?.BytesIn ?? 0,
        BytesOut = traffic?.BytesOut ?? 0,
        BandwidthIn = traffic?.BandwidthIn ?? 0,
        BandwidthOut = traffic?.BandwidthOut ?? 0,
        Details = details < 0 ? NoDetails : StoredText.DetailsFromJson(row.GetString(details)),
    };

    public HostRecord Host(DbDataReader row) => new()
    {
        Host = row.GetString(0),
        State = HostStateText.Parse(row.GetString(1))!.Value,
        CheckedAt = time(row, 2),
        Reason = row.GetString(3),
        Drain = TimeOrNull(row, 4) is { } until ? new HostDrain(until, row.TextOrNullAt(5) ?? "") : null,
        Connections = row.GetInt32(6),
        BandwidthIn = row.GetInt64(7),
        BandwidthOut = row.GetInt64(8),
        Persisted = row.GetInt32(9),
    };

    public GatewayRecord Gateway(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), list(row, 2), time(row, 3), time(row, 4), row.GetInt32(5));

    public PersistRecord Persisted(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), time(row, 3));

    public ErrorBanner Banner(DbDataReader row) => new(row.GetString(0), TimeOrNull(row, 1));

    public EventRecord Event(DbDataReader row) => new()
    {
        Time = time(row, 0),
        Kind = row.GetString(1),
        Gateway = row.GetString(2),
        Connection = row.GetString(3),
        User = row.GetString(4),
        Source = row.GetString(5),
        Host = row.GetString(6),
        Message = row.GetString(7),
    };

    public RecordingRecord Recording(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        Connection = row.GetString(1),
        Gateway = row.GetString(2),
        User = row.GetString(3),
        Host = row.GetString(4),
        Command = row.GetString(5),
        Start = time(row, 6),
        End = TimeOrNull(row, 7),
        Bytes = row.GetInt64(8),
        Location = row.GetString(9),
        Format = row.GetString(10),
        Sha256 = row.GetString(11),
        Status = row.GetString(12),
    };

    public static GatewayOrder? Order(DbDataReader row) => Enum.TryParse(row.GetString(0), out OrderKind kind)
        ? new GatewayOrder(kind, row.TextOrNullAt(1), row.TextOrNullAt(2), row.TextOrNullAt(3), row.GetString(4))
        : null;

    public static KeyValuePair<string, byte[]> Shared(DbDataReader row) => KeyValuePair.Create(row.GetString(0), row.GetFieldValue<byte[]>(1));

    private DateTimeOffset? TimeOrNull(DbDataReader row, int column) => row.IsDBNull(column) ? null : time(row, column);
}

internal static class RowValues
{
    public static string? TextOrNullAt(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
