namespace SshGateway.Storage.State.Sqlite;

public sealed partial class SqliteStateStore
{
    public Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken cancellationToken) =>
        WriteAsync(
            session =>
            {
                foreach (EventRecord added in events)
                {
                    session.Execute(
                        """
                        insert into event (time, kind, gateway, connection, user_name, source, host, message)
                        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                        """,
                        added.Time, added.Kind, added.Gateway, added.Connection, added.User, added.Source, added.Host, added.Message);
                }
            },
            cancellationToken);

    public Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<EventRecord>>(
            session => session.Query(
                """
                select time, kind, gateway, connection, user_name, source, host, message from event
                where (?1 is null or kind = ?1) and (?2 is null or user_name = ?2) and (?3 is null or host = ?3) and (?4 is null or time >= ?4)
                order by time desc, number desc limit ?5
                """,
                Rows.Event,
                filter.Kind, filter.User, filter.Host, filter.Since, filter.Limit),
            cancellationToken);

    public Task SendOrderAsync(GatewayOrder order, CancellationToken cancellationToken) =>
        ChangeAsync(
            "insert into gateway_order (kind, connection, user_name, host, message) values (?1, ?2, ?3, ?4, ?5)",
            [order.Kind.ToString(), order.Connection, order.User, order.Host, order.Message], cancellationToken);

    public Task PutRecordingAsync(RecordingRecord recording, CancellationToken cancellationToken) =>
        WriteAsync(
            session => session.Execute(
                """
                insert or replace into recording
                    (id, connection, gateway, user_name, host, command, started, ended, bytes, location, format, sha256, status)
                values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                """,
                recording.Id, recording.Connection, recording.Gateway, recording.User, recording.Host, recording.Command, recording.Start,
                recording.End, recording.Bytes, recording.Location, recording.Format, recording.Sha256, recording.Status),
            cancellationToken);

    public Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<RecordingRecord>>(
            session => session.Query(
                """
                select id, connection, gateway, user_name, host, command, started, ended, bytes, location, format, sha256, status from recording
                where (?1 is null or user_name = ?1) and (?2 is null or started >= ?2) and (?3 is null or started < ?3)
                order by started desc, id limit ?4
                """,
                Rows.Recording, filter.User, filter.Since, filter.Before, filter.Limit),
            cancellationToken);

    public Task RemoveRecordingAsync(string recording, CancellationToken cancellationToken) =>
        WriteAsync(session => session.Execute("delete from recording where id = ?1", recording), cancellationToken);

    public Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken cancellationToken) =>
        ReadAsync(
            session => session.Query(
                "select value from shared where area = ?1 and key = ?2 and (expires is null or expires > ?3)",
                r => r.GetFieldValue<byte[]>(0), area, key, Now).FirstOrDefault(),
            cancellationToken);

    public Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<KeyValuePair<string, byte[]>>>(
            session => session.Query(
                "select key, value from shared where area = ?1 and (expires is null or expires > ?2) order by key",
                StateRows.Shared, area, Now),
            cancellationToken);

    public async Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken cancellationToken) =>
        await GetSharedAsync(area, key, cancellationToken) ?? await ChangeAsync(
            session =>
            {
                session.Execute(
                    """
                    insert into shared (area, key, value, expires) values (?1, ?2, ?3, null)
                    on conflict (area, key) do update set value = excluded.value, expires = null where expires <= ?4
                    """,
                    area, key, value, Now);
                return session.Query("select value from shared where area = ?1 and key = ?2", r => r.GetFieldValue<byte[]>(0), area, key)[0];
            },
            cancellationToken);

    public Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken cancellationToken) => value is null
        ? ChangeAsync("delete from shared where area = ?1 and key = ?2", [area, key], cancellationToken)
        : ChangeAsync(
            """
            insert into shared (area, key, value, expires) values (?1, ?2, ?3, ?4)
            on conflict (area, key) do update set value = excluded.value, expires = excluded.expires
            """,
            [area, key, value, ttl is null ? null : Now + ttl.Value], cancellationToken);
}
