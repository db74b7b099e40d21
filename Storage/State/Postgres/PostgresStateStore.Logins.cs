using Npgsql;

namespace SshGateway.Storage.State.Postgres;

public sealed partial class PostgresStateStore
{
    /// <summary>$1 user, $2 service, $3 connection.</summary>
    internal const string Facts = """
        select clock_timestamp(),
            (select host from sshgateway.recent where user_name = $1 and service = $2 and until > now()),
            (select host from sshgateway.persisted where user_name = $1 and service = $2 and expires > now()),
            (select c.host from sshgateway.connection c join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now() where c.id = $3)
        """;

    /// <summary>The user's other live connections, by service and host. $1 user, $2 connection.</summary>
    internal const string Own = """
        select c.service, c.host, count(*)::integer, max(c.started), 0::bigint
        from sshgateway.connection c join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now()
        where c.user_name = $1 and c.id <> $2
        group by c.service, c.host
        """;

    /// <summary>The same with bandwidth; $3 is the part of the traffic rows that the user is in.</summary>
    internal const string OwnWithBandwidth = """
        select c.service, c.host, count(*)::integer, max(c.started), coalesce(sum(t.bandwidth), 0)::bigint
        from sshgateway.connection c join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now()
        left join (
            select t.instance, u.connection, u.bandwidth_in + u.bandwidth_out as bandwidth
            from sshgateway.traffic t cross join lateral unnest(
                t.connections[t.starts[$3]:t.starts[$3 + 1] - 1], t.bandwidth_in[t.starts[$3]:t.starts[$3 + 1] - 1],
                t.bandwidth_out[t.starts[$3]:t.starts[$3 + 1] - 1]) as u(connection, bandwidth_in, bandwidth_out)
        ) t on t.connection = c.id and t.instance = c.instance
        where c.user_name = $1 and c.id <> $2
        group by c.service, c.host
        """;

    /// <summary>The pool in its order. $1 hosts.</summary>
    internal const string Pool = """
        select p.host, h.state, h.checked_at, coalesce(l.connections, 0)::integer, 0::bigint
        from unnest($1) with ordinality as p(host, position)
        left join sshgateway.host h on h.host = p.host
        left join lateral (
            select sum(l.connections) as connections
            from sshgateway.host_load l join sshgateway.gateway g on g.instance = l.instance and g.lease_until > now()
            where l.host = p.host) l on true
        order by p.position
        """;

    internal const string PoolWithBandwidth = """
        select p.host, h.state, h.checked_at, coalesce(l.connections, 0)::integer, coalesce(b.bandwidth, 0)::bigint
        from unnest($1) with ordinality as p(host, position)
        left join sshgateway.host h on h.host = p.host
        left join lateral (
            select sum(l.connections) as connections
            from sshgateway.host_load l join sshgateway.gateway g on g.instance = l.instance and g.lease_until > now()
            where l.host = p.host) l on true
        left join (
            select u.host, sum(u.bandwidth_in + u.bandwidth_out) as bandwidth
            from sshgateway.traffic t join sshgateway.gateway g on g.instance = t.instance and g.lease_until > now()
            cross join lateral unnest(t.hosts, t.host_bandwidth_in, t.host_bandwidth_out) as u(host, bandwidth_in, bandwidth_out)
            group by u.host) b on b.host = p.host
        order by p.position
        """;

    internal const string Insert = """
        insert into sshgateway.connection (id, instance, user_name, groups, service, client, listener, host, started, last_active, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)
        on conflict (id) do update set instance = excluded.instance, user_name = excluded.user_name, groups = excluded.groups,
            service = excluded.service, client = excluded.client, listener = excluded.listener, host = excluded.host,
            started = excluded.started, last_active = excluded.last_active, details = excluded.details
        """;

    internal const string Persist = """
        insert into sshgateway.persisted (user_name, service, host, expires) values ($1, $2, $3, now() + $4)
        on conflict (user_name, service) do update set host = excluded.host, expires = excluded.expires
        """;

    public Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken cancellationToken) =>
        LoginAsync(request, isRegistered: false, cancellationToken);

    public Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken cancellationToken) =>
        LoginAsync(request, isRegistered: true, cancellationToken);

    public Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken cancellationToken) =>
        RunAsync((connection, token) => DecideAsync(connection, request, isRegistered: false, before: [], token), cancellationToken);

    private async Task<LoginDecision> LoginAsync(LoginRequest request, bool isRegistered, CancellationToken cancellationToken)
    {
        using KeyedLock.Holder _ = await _users.EnterAsync(request.Connection.User, cancellationToken);
        return await RunAsync(
            async (connection, token) =>
            {
                try
                {
                    return await LoginOnceAsync(connection, request, isRegistered, token);
                }
                catch (PostgresException e) when (IsGatewayGone(e))
                {
                    await RollbackAsync(connection, token);
                    await RegisterAgainAsync(connection, request.Connection.Gateway, token);
                    return await LoginOnceAsync(connection, request, isRegistered, token);
                }
            },
            cancellationToken);
    }

    /// <summary>Two round trips: lock and look; register and commit.</summary>
    private async Task<LoginDecision> LoginOnceAsync(NpgsqlConnection connection, LoginRequest request, bool isRegistered, CancellationToken cancellationToken)
    {
        ConnectionRecord login = request.Connection;
        long instance = await InstanceAsync(connection, login.Gateway, cancellationToken);
        List<NpgsqlBatchCommand> before = [
            .. Sql.BeginRelaxed.Select(s => Sql.Statement(s)),
            Sql.Statement("select pg_advisory_xact_lock(hashtextextended($1, 5348))", Sql.Text(login.User))];
        LoginDecision decision;
        try
        {
            decision = await DecideAsync(connection, request, isRegistered, before, cancellationToken);
        }
        catch (Exception e) when (e is not NpgsqlException and not OperationCanceledException)
        {
            await RollbackAsync(connection, cancellationToken); // the ranking threw
            throw;
        }

        await using NpgsqlBatch batch = Sql.Batch(connection);
        if (decision.Outcome == LoginOutcome.Chosen)
        {
            login = login with { Host = decision.Host };
            batch.BatchCommands.Add(InsertStatement(login, instance));
            if (request.Persist > TimeSpan.Zero)
            {
                batch.BatchCommands.Add(Sql.Statement(
                    Persist, Sql.Text(login.User), Sql.Text(login.Service), Sql.Text(login.Host), Sql.Interval(request.Persist)));
            }
        }
        else if (isRegistered)
        {
            batch.BatchCommands.Add(Sql.Statement("delete from sshgateway.connection where id = $1", Sql.Text(login.Id)));
        }
        batch.BatchCommands.Add(Sql.Statement("commit"));
        await batch.ExecuteNonQueryAsync(cancellationToken);

        if (decision.Outcome == LoginOutcome.Chosen) _traffic.Put(login);
        else if (isRegistered) _traffic.Remove(login.Id);
        return decision;
    }

    private static async Task<LoginDecision> DecideAsync(
        NpgsqlConnection connection, LoginRequest request, bool isRegistered, List<NpgsqlBatchCommand> before, CancellationToken cancellationToken)
    {
        ConnectionRecord login = request.Connection;
        await using NpgsqlBatch batch = Sql.Batch(connection);
        foreach (NpgsqlBatchCommand statement in before) batch.BatchCommands.Add(statement);
        batch.BatchCommands.Add(Sql.Statement(Facts, Sql.Text(login.User), Sql.Text(login.Service), Sql.Text(login.Id)));
        batch.BatchCommands.Add(request.NeedsBandwidth
            ? Sql.Statement(OwnWithBandwidth, Sql.Text(login.User), Sql.Text(login.Id), Sql.Small(TrafficLedger.PartOf(login.User)))
            : Sql.Statement(Own, Sql.Text(login.User), Sql.Text(login.Id)));
        batch.BatchCommands.Add(Sql.Statement(request.NeedsBandwidth ? PoolWithBandwidth : Pool, Sql.Texts(request.Candidates.Distinct())));
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (before.Count > 0) await reader.NextResultAsync(cancellationToken); // the lock's

        await reader.ReadAsync(cancellationToken);
        DateTimeOffset now = reader.TimeAt(0);
        string? recent = reader.TextOrNullAt(1), persisted = reader.TextOrNullAt(2), ownHost = reader.TextOrNullAt(3);

        await reader.NextResultAsync(cancellationToken);
        List<OwnConnections> own = [];
        while (await reader.ReadAsync(cancellationToken))
            own.Add(new OwnConnections(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.TimeAt(3), reader.GetInt64(4)));

        await reader.NextResultAsync(cancellationToken);
        List<Candidate> pool = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            string host = reader.GetString(0);
            pool.Add(new Candidate(
                host, pool.Count, HostStateText.Parse(reader.TextOrNullAt(1)), reader.TimeOrNullAt(2) ?? default,
                own.Where(o => o.Host == host).Sum(o => o.Count), reader.GetInt32(3) - (host == ownHost ? 1 : 0),
                own.Where(o => o.Host == host).Sum(o => o.Bandwidth), reader.GetInt64(4)));
        }
        await reader.CloseAsync();

        var sticky = new StickyHosts(
            [.. own.Where(o => o.Service == StoredText.Clean(login.Service)).OrderByDescending(o => o.Latest).Select(o => o.Host)], recent, persisted);
        return LoginChoice.Decide(request, pool, sticky, own.Sum(o => o.Count), isRegistered, now);
    }

    private NpgsqlBatchCommand InsertStatement(ConnectionRecord connection, long instance) => Sql.Statement(
        Insert, Sql.Text(connection.Id), Sql.Number(instance), Sql.Text(connection.User), Sql.Texts(connection.Groups), Sql.Text(connection.Service),
        Sql.Text(connection.Client), Sql.Text(connection.From), Sql.Text(connection.Host), _clock.Time(connection.Start), _clock.Time(connection.LastActive),
        Sql.Text(StoredText.DetailsToJson(connection.Details)));

    private static async Task RollbackAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement("rollback"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private readonly record struct OwnConnections(string Service, string Host, int Count, DateTimeOffset Latest, long Bandwidth);
}
