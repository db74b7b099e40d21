using Microsoft.Data.Sqlite;

namespace SshGateway.Storage.State.Sqlite;

public sealed partial class SqliteStateStore
{
    private const string Insert = """
        insert into connection (id, instance, user_name, groups, service, client, listener, host, started, last_active,
            bytes_in, bytes_out, bandwidth_in, bandwidth_out, details)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        on conflict (id) do update set instance = excluded.instance, user_name = excluded.user_name, groups = excluded.groups,
            service = excluded.service, client = excluded.client, listener = excluded.listener, host = excluded.host,
            started = excluded.started, last_active = excluded.last_active, details = excluded.details,
            bytes_in = max(bytes_in, excluded.bytes_in), bytes_out = max(bytes_out, excluded.bytes_out),
            bandwidth_in = excluded.bandwidth_in, bandwidth_out = excluded.bandwidth_out
        """;

    private const string Live = """
        select c.id, g.id, c.user_name, c.groups, c.service, c.client, c.listener, c.host, c.started, c.last_active,
            c.bytes_in, c.bytes_out, c.bandwidth_in, c.bandwidth_out, c.details
        from connection c join gateway g on g.instance = c.instance
        where g.lease_until > ?1 order by c.user_name, c.service, c.started, c.id
        """;

    /// <summary>The column of <see cref="Live"/>.</summary>
    private const int Details = 14;

    private const string Persist = """
        insert into persisted (user_name, service, host, expires) values (?1, ?2, ?3, ?4)
        on conflict (user_name, service) do update set host = excluded.host, expires = excluded.expires
        """;

    public Task<LoginDecision> BeginConnectionAsync(LoginRequest request, CancellationToken cancellationToken) =>
        WriteAsync(session => Login(session, request, isRegistered: false), cancellationToken);

    public Task<LoginDecision> ChooseAgainAsync(LoginRequest request, CancellationToken cancellationToken) =>
        WriteAsync(session => Login(session, request, isRegistered: true), cancellationToken);

    public Task<LoginDecision> ProposeAsync(LoginRequest request, CancellationToken cancellationToken) =>
        ReadAsync(session => Decide(session, request, isRegistered: false), cancellationToken);

    public Task PutConnectionsAsync(IReadOnlyList<ConnectionRecord> connections, CancellationToken cancellationToken) =>
        WriteAsync(
            session =>
            {
                foreach (ConnectionRecord connection in connections) Put(session, connection, Instance(session, connection.Gateway));
            },
            cancellationToken);

    public Task EndConnectionAsync(string connection, TimeSpan keyTtl, TimeSpan persist, CancellationToken cancellationToken) =>
        WriteAsync(
            session =>
            {
                foreach ((string user, string service, string host) in session.Query(
                    "delete from connection where id = ?1 returning user_name, service, host",
                    r => (r.GetString(0), r.GetString(1), r.GetString(2)), connection).Where(c => c.Item3.Length > 0))
                {
                    if (keyTtl > TimeSpan.Zero)
                    {
                        session.Execute(
                            """
                            insert into recent (user_name, service, host, until) values (?1, ?2, ?3, ?4)
                            on conflict (user_name, service) do update set host = excluded.host, until = excluded.until
                            """,
                            user, service, host, Now + keyTtl);
                    }
                    if (persist > TimeSpan.Zero) session.Execute(Persist, user, service, host, Now + persist);
                }
            },
            cancellationToken);

    public Task PutTrafficAsync(string gateway, IReadOnlyList<TrafficSample> samples, CancellationToken cancellationToken)
    {
        byte[] rows = SqliteTraffic.ToJson(samples);
        return WriteAsync(session => session.Execute(SqliteTraffic.Update, Instance(session, gateway), rows), cancellationToken);
    }

    public Task<IReadOnlyList<ConnectionRecord>> GetConnectionsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ConnectionRecord>>(session => session.Query(Live, row => ReadConnection(row, Details), Now), cancellationToken);

    public Task<IReadOnlyList<ConnectionRecord>> GetBareConnectionsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ConnectionRecord>>(session => session.Query(Live, row => ReadConnection(row, -1), Now), cancellationToken);

    public Task<IReadOnlyList<PersistRecord>> GetPersistedAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<PersistRecord>>(session => Persisted(session), cancellationToken);

    public Task<int> ForgetPersistedAsync(PersistFilter filter, CancellationToken cancellationToken) =>
        ChangeAsync(
            session =>
            {
                int forgotten = 0;
                PersistFilter stored = filter with { User = Clean(filter.User), Service = Clean(filter.Service) };
                foreach (PersistRecord record in Persisted(session).Where(stored.Matches))
                    forgotten += session.Execute("delete from persisted where user_name = ?1 and service = ?2", record.User, record.Service);
                if (forgotten > 0) session.Execute("insert into change (kind, key) values ('persisted', '')");
                return forgotten;
            },
            cancellationToken);

    private static string? Clean(string? text) => text is null ? null : StoredText.Clean(text);

    private List<PersistRecord> Persisted(SqliteSession session) => session.Query(
        "select user_name, service, host, expires from persisted where expires > ?1 order by user_name, service",
        Rows.Persisted, Now);

    private LoginDecision Login(SqliteSession session, LoginRequest request, bool isRegistered)
    {
        ConnectionRecord login = request.Connection;
        LoginDecision decision = Decide(session, request, isRegistered);
        if (decision.Outcome == LoginOutcome.Chosen)
        {
            Put(session, login with { Host = decision.Host }, Instance(session, login.Gateway));
            if (request.Persist > TimeSpan.Zero) session.Execute(Persist, login.User, login.Service, decision.Host, Now + request.Persist);
        }
        else if (isRegistered)
        {
            session.Execute("delete from connection where id = ?1", login.Id);
        }
        return decision;
    }

    private LoginDecision Decide(SqliteSession session, LoginRequest request, bool isRegistered)
    {
        ConnectionRecord login = request.Connection;
        List<OwnConnections> own = session.Query(
            """
            select c.service, c.host, count(*), sum(c.bandwidth_in + c.bandwidth_out) from connection c join gateway g on g.instance = c.instance
            where c.user_name = ?1 and c.id <> ?2 and g.lease_until > ?3 group by c.service, c.host order by max(c.started) desc
            """,
            r => new OwnConnections(r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetInt64(3)), login.User, login.Id, Now);
        List<Candidate> pool = [.. request.Candidates.Distinct().Select((host, position) => Candidate(session, request, own, host, position))];
        var sticky = new StickyHosts(
            [.. own.Where(o => o.Service == StoredText.Clean(login.Service) && o.Host.Length > 0).Select(o => o.Host)],
            session.Text("select host from recent where user_name = ?1 and service = ?2 and until > ?3", login.User, login.Service, Now),
            session.Text("select host from persisted where user_name = ?1 and service = ?2 and expires > ?3", login.User, login.Service, Now));
        return LoginChoice.Decide(request, pool, sticky, own.Sum(o => o.Count), isRegistered, Now);
    }

    private Candidate Candidate(SqliteSession session, LoginRequest request, List<OwnConnections> own, string host, int position)
    {
        (HostState? state, DateTimeOffset checkedAt) = session.Query(
            "select state, checked_at from host where host = ?1", r => (HostStateText.Parse(r.GetString(0)), r.TimeAt(1)), host).FirstOrDefault();
        // Without bandwidth the index alone answers.
        (int connections, long bandwidth) = session.Query(
            request.NeedsBandwidth
                ? """
                  select count(*), coalesce(sum(c.bandwidth_in + c.bandwidth_out), 0) from connection c
                  where c.host = ?1 and c.id <> ?2 and c.instance in (select instance from gateway where lease_until > ?3)
                  """
                : """
                  select count(*) - (select count(*) from connection s where s.id = ?2 and s.host = ?1), 0 from connection c
                  where c.host = ?1 and c.instance in (select instance from gateway where lease_until > ?3)
                  """,
            r => (r.GetInt32(0), r.GetInt64(1)), host, request.Connection.Id, Now)[0];
        return new Candidate(
            host, position, state, checkedAt, own.Where(o => o.Host == host).Sum(o => o.Count), connections,
            request.NeedsBandwidth ? own.Where(o => o.Host == host).Sum(o => o.Bandwidth) : 0, bandwidth);
    }

    private static void Put(SqliteSession session, ConnectionRecord c, long instance) => session.Execute(
        Insert, c.Id, instance, c.User, StoredText.ListToJson(c.Groups), c.Service, c.Client, c.From, c.Host, c.Start, c.LastActive,
        c.BytesIn, c.BytesOut, c.BandwidthIn, c.BandwidthOut, StoredText.DetailsToJson(c.Details));

    private static ConnectionRecord ReadConnection(SqliteDataReader row, int details) => Rows.Connection(
        row, new TrafficSample(row.GetString(0), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.TimeAt(9)), details);

    private readonly record struct OwnConnections(string Service, string Host, int Count, long Bandwidth);
}
