using Npgsql;

namespace SshGateway.Storage.State.Postgres;

public sealed partial class PostgresStateStore
{
    public Task AddEventsAsync(IReadOnlyList<EventRecord> events, CancellationToken cancellationToken) =>
        events.Count == 0 ? Task.CompletedTask : RunAsync(
            (connection, token) => Sql.RunRelaxedAsync(
                connection,
                [Sql.Statement(
                    """
                    insert into sshgateway.event (time, kind, gateway, connection, user_name, source, host, message)
                    select * from unnest($1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    _clock.Times(events.Select(e => e.Time)), Sql.Texts(events.Select(e => e.Kind)), Sql.Texts(events.Select(e => e.Gateway)),
                    Sql.Texts(events.Select(e => e.Connection)), Sql.Texts(events.Select(e => e.User)), Sql.Texts(events.Select(e => e.Source)),
                    Sql.Texts(events.Select(e => e.Host)), Sql.Texts(events.Select(e => e.Message)))],
                token),
            cancellationToken);

    public Task<IReadOnlyList<EventRecord>> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement(
                """
                select time, kind, gateway, connection, user_name, source, host, message from sshgateway.event
                where ($1 is null or kind = $1) and ($2 is null or user_name = $2) and ($3 is null or host = $3) and ($4 is null or time >= $4)
                order by time desc, number desc limit $5
                """,
                Sql.Text(filter.Kind), Sql.Text(filter.User), Sql.Text(filter.Host), _clock.Time(filter.Since), Sql.Number(filter.Limit)),
            _rows.Event, cancellationToken);

    public Task SendOrderAsync(GatewayOrder order, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, Sql.Statement(
            "insert into sshgateway.gateway_order (kind, connection, user_name, host, message) values ($1, $2, $3, $4, $5)",
            Sql.Text(order.Kind.ToString()), Sql.Text(order.Connection), Sql.Text(order.User), Sql.Text(order.Host), Sql.Text(order.Message)));

    public Task PutRecordingAsync(RecordingRecord recording, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, Sql.Statement(
            """
            insert into sshgateway.recording (id, connection, gateway, user_name, host, command, started, ended, bytes, location, format, sha256, status)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict (id) do update set connection = excluded.connection, gateway = excluded.gateway, user_name = excluded.user_name,
                host = excluded.host, command = excluded.command, started = excluded.started, ended = excluded.ended, bytes = excluded.bytes,
                location = excluded.location, format = excluded.format, sha256 = excluded.sha256, status = excluded.status
            """,
            Sql.Text(recording.Id), Sql.Text(recording.Connection), Sql.Text(recording.Gateway), Sql.Text(recording.User), Sql.Text(recording.Host),
            Sql.Text(recording.Command), _clock.Time(recording.Start), _clock.Time(recording.End), Sql.Number(recording.Bytes), Sql.Text(recording.Location),
            Sql.Text(recording.Format), Sql.Text(recording.Sha256), Sql.Text(recording.Status)));

    public Task<IReadOnlyList<RecordingRecord>> GetRecordingsAsync(RecordingFilter filter, CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement(
                """
                select id, connection, gateway, user_name, host, command, started, ended, bytes, location, format, sha256, status
                from sshgateway.recording
                where ($1 is null or user_name = $1) and ($2 is null or started >= $2) and ($3 is null or started < $3)
                order by started desc, id limit $4
                """,
                Sql.Text(filter.User), _clock.Time(filter.Since), _clock.Time(filter.Before), Sql.Number(filter.Limit)),
            _rows.Recording, cancellationToken);

    public Task RemoveRecordingAsync(string recording, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, Sql.Statement("delete from sshgateway.recording where id = $1", Sql.Text(recording)));

    public Task<byte[]?> GetSharedAsync(string area, string key, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement(
                    "select value from sshgateway.shared where area = $1 and key = $2 and (expires is null or expires > now())",
                    Sql.Text(area), Sql.Text(key)));
                return await batch.ExecuteScalarAsync(token) as byte[];
            },
            cancellationToken);

    public Task<IReadOnlyList<KeyValuePair<string, byte[]>>> ListSharedAsync(string area, CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement(
                "select key, value from sshgateway.shared where area = $1 and (expires is null or expires > now()) order by key", Sql.Text(area)),
            StateRows.Shared, cancellationToken);

    public Task<byte[]> AddSharedAsync(string area, string key, byte[] value, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                while (true)
                {
                    // Whoever finds it does not write. Whoever is overtaken finds nothing and looks again.
                    await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement(
                        """
                        with found as (
                            select value from sshgateway.shared where area = $1 and key = $2 and (expires is null or expires > now())),
                        added as (
                            insert into sshgateway.shared (area, key, value) select $1, $2, $3 where not exists (select from found)
                            on conflict (area, key) do update set value = excluded.value, expires = null where shared.expires <= now()
                            returning value)
                        select value from found union all select value from added
                        """,
                        Sql.Text(area), Sql.Text(key), Sql.Bytes(value)));
                    if (await batch.ExecuteScalarAsync(token) is byte[] held) return held;
                }
            },
            cancellationToken);

    public Task PutSharedAsync(string area, string key, byte[]? value, TimeSpan? ttl, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, value is null
            ? Sql.Statement("delete from sshgateway.shared where area = $1 and key = $2", Sql.Text(area), Sql.Text(key))
            : Sql.Statement(
                """
                insert into sshgateway.shared (area, key, value, expires) values ($1, $2, $3, now() + $4)
                on conflict (area, key) do update set value = excluded.value, expires = excluded.expires
                """,
                Sql.Text(area), Sql.Text(key), Sql.Bytes(value), Sql.Interval(ttl)));
}
