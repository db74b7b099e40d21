using Npgsql;

namespace SshGateway.Storage.State.Postgres;

public sealed partial class PostgresStateStore
{
    private const string InsertMany = """
        insert into sshgateway.connection (id, instance, user_name, groups, service, client, listener, host, started, last_active, details)
        select u.id, $1, u.user_name, string_to_array(u.groups, e'\n'), u.service, u.client, u.listener, u.host, u.started, u.last_active, u.details::jsonb
        from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            as u(id, user_name, groups, service, client, listener, host, started, last_active, details)
        on conflict (id) do update set instance = excluded.instance, user_name = excluded.user_name, groups = excluded.groups,
            service = excluded.service, client = excluded.client, listener = excluded.listener, host = excluded.host,
            started = excluded.started, last_active = excluded.last_active, details = excluded.details
        """;

    /// <summary>
    /// Live connections without their traffic, which is joined to them here: the database guesses at the size of arrays, and a plan that it
    /// made and kept when there were few connections may take minutes with many.
    /// </summary>
    internal const string Live = """
        select c.id, g.id, c.user_name, c.groups, c.service, c.client, c.listener, c.host, c.started, c.last_active, c.instance
        from sshgateway.connection c join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now()
        """;

    internal const string LiveWithDetails = """
        select c.id, g.id, c.user_name, c.groups, c.service, c.client, c.listener, c.host, c.started, c.last_active, c.instance, c.details::text
        from sshgateway.connection c join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now()
        """;

    internal const string Traffic = """
        select t.instance, t.connections, t.bytes_in, t.bytes_out, t.bandwidth_in, t.bandwidth_out, t.last_active
        from sshgateway.traffic t join sshgateway.gateway g on g.instance = t.instance and g.lease_until > now()
        """;

    /// <summary>$1 connection, $2 keyttl, $3 persist.</summary>
    internal const string End = """
        with ended as (
            delete from sshgateway.connection where id = $1 returning user_name, service, host),
        remembered as (
            insert into sshgateway.recent (user_name, service, host, until)
            select user_name, service, host, now() + $2 from ended where host <> '' and $2 > interval '0'
            on conflict (user_name, service) do update set host = excluded.host, until = excluded.until)
        insert into sshgateway.persisted (user_name, service, host, expires)
        select user_name, service, host, now() + $3 from ended where host <> '' and $3 > interval '0'
        on conflict (user_name, service) do update set host = excluded.host, expires = excluded.expires
        """;

    public Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                foreach (IGrouping<string, ConnectionRecord> gateway in connections.GroupBy(c => c.Gateway))
                {
                    ConnectionRecord[] distinct = [.. gateway.Reverse().DistinctBy(c => c.Id).OrderBy(c => c.Id, StringComparer.Ordinal)];
                    try
                    {
                        await PutAsync(connection, gateway.Key, distinct, token);
                    }
                    catch (PostgresException e) when (IsGatewayGone(e))
                    {
                        await RollbackAsync(connection, token);
                        await RegisterAgainAsync(connection, gateway.Key, token);
                        await PutAsync(connection, gateway.Key, distinct, token);
                    }
                }
            },
            cancellationToken);

    public async Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken cancellationToken)
    {
        _traffic.Remove(connection);
        await RunAsync(
            (c, token) => Sql.RunRelaxedAsync(
                c, [Sql.Statement(End, Sql.Text(connection), Sql.Interval(keyTtl), Sql.Interval(persist))], token),
            cancellationToken);
    }

    public Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken cancellationToken)
    {
        _traffic.Put(gateway, samples);
        return RunAsync(
            async (connection, token) =>
            {
                long instance = await InstanceAsync(connection, gateway, token);
                await Sql.RunRelaxedAsync(connection, [_traffic.WriteStatement(gateway, instance, _clock)], token);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken cancellationToken) => ListAsync(LiveWithDetails, 11, cancellationToken);

    public Task<IReadOnlyList<ConnectionRecord>> GetBareConnectionsAsync(CancellationToken cancellationToken) => ListAsync(Live, -1, cancellationToken);

    public Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement("select user_name, service, host, expires from sshgateway.persist order by user_name, service"), _rows.Persisted, cancellationToken);

    public Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                long? forgotten = await ScalarAsync(
                    connection,
                    Sql.Statement(
                        """
                        with gone as (
                            delete from sshgateway.persisted
                            where expires > now() and ($1 is null or user_name = $1) and ($2 is null or service = $2)
                                and ($3 is null or regexp_replace(host, ':[^:]*$', '') = $3)
                                and ($4 is null or substring(host from ':([^:]*)$') = $4)
                            returning 1),
                        counted as (select count(*) as n from gone)
                        select n from counted, lateral (select case when n > 0 then sshgateway.tell('persisted', '') end) as told
                        """,
                        Sql.Text(filter.User), Sql.Text(filter.Service), Sql.Text(filter.Host), Sql.Text(filter.Port)),
                    token);
                return (int)forgotten!.Value;
            },
            cancellationToken);

    private async Task PutAsync(NpgsqlConnection connection, string gateway, ConnectionRecord[] connections, CancellationToken cancellationToken)
    {
        long instance = await InstanceAsync(connection, gateway, cancellationToken);
        bool hasTraffic = false;
        foreach (ConnectionRecord put in connections) hasTraffic |= _traffic.Put(put);
        List<NpgsqlBatchCommand> statements = [Sql.Statement(
            InsertMany, Sql.Number(instance), Sql.Texts(connections.Select(c => c.Id)), Sql.Texts(connections.Select(c => c.User)),
            Sql.Texts(connections.Select(c => string.Join('\n', c.Groups))), Sql.Texts(connections.Select(c => c.Service)),
            Sql.Texts(connections.Select(c => c.Client)), Sql.Texts(connections.Select(c => c.From)), Sql.Texts(connections.Select(c => c.Host)),
            _clock.Times(connections.Select(c => c.Start)), _clock.Times(connections.Select(c => c.LastActive)),
            Sql.Texts(connections.Select(c => StoredText.DetailsToJson(c.Details))))];
        if (hasTraffic) statements.Add(_traffic.WriteStatement(gateway, instance, _clock));
        await Sql.RunRelaxedAsync(connection, statements, cancellationToken);
    }

    /// <param name="statement">One of those above.</param>
    /// <param name="details">Its column of details, or -1.</param>
    /// <param name="cancellationToken">Cancels.</param>
    private Task<IReadOnlyList<ConnectionRecord>> ListAsync(string statement, int details, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<ConnectionRecord>>(
            async (connection, token) =>
            {
                await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement(Traffic), Sql.Statement(statement));
                await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(token);
                var traffic = new Dictionary<(long Instance, string Connection), TrafficSample>();
                while (await reader.ReadAsync(token)) AddTraffic(reader, traffic);
                await reader.NextResultAsync(token);
                List<ConnectionRecord> connections = [];
                while (await reader.ReadAsync(token))
                {
                    TrafficSample? known = traffic.TryGetValue((reader.GetInt64(10), reader.GetString(0)), out TrafficSample sample) ? sample : null;
                    connections.Add(_rows.Connection(reader, known, details));
                }
                // Here and not in the database, where a hundred thousand rows do not fit into the memory that a sort may have.
                connections.Sort(ConnectionOrder.Compare);
                return connections;
            },
            cancellationToken);

    private void AddTraffic(NpgsqlDataReader row, Dictionary<(long Instance, string Connection), TrafficSample> traffic)
    {
        long instance = row.GetInt64(0);
        string[] connections = row.GetFieldValue<string[]>(1);
        long[] bytesIn = row.GetFieldValue<long[]>(2), bytesOut = row.GetFieldValue<long[]>(3);
        long[] bandwidthIn = row.GetFieldValue<long[]>(4), bandwidthOut = row.GetFieldValue<long[]>(5);
        DateTime[] active = row.GetFieldValue<DateTime[]>(6);
        for (int i = 0; i < connections.Length; i++)
        {
            traffic[(instance, connections[i])] = new TrafficSample(
                connections[i], bytesIn[i], bytesOut[i], bandwidthIn[i], bandwidthOut[i], _clock.ToLocal(active[i]));
        }
    }
}
