using System.Collections.Concurrent;

namespace SshGateway.Storage.State.Sqlite;

public sealed partial class SqliteStateStore
{
    private static readonly TimeSpan SweepAfter = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Registration> _registrations = new();

    public Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken) =>
        WriteAsync(session => Renew(session, gateway, lease), cancellationToken);

    public Task ReleaseLeaseAsync(string gateway, CancellationToken cancellationToken) =>
        WriteAsync(
            session =>
            {
                if (_registrations.TryRemove(gateway, out Registration? known)) session.Execute("delete from gateway where instance = ?1", known.Instance);
            },
            cancellationToken);

    public Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<GatewayRecord>>(
            session => session.Query(
                """
                select g.id, g.version, g.addresses, g.started, g.lease_until, (select count(*) from connection c where c.instance = g.instance)
                from gateway g where g.lease_until > ?1 order by g.id, g.started
                """,
                Rows.Gateway, Now),
            cancellationToken);

    private bool Renew(SqliteSession session, GatewayRecord gateway, TimeSpan lease)
    {
        Sweep(session);
        long? instance = session.Number("select instance from gateway where id = ?1 and started = ?2", gateway.Id, gateway.Started);
        session.Execute(
            """
            insert into gateway (id, version, addresses, started, lease_until) values (?1, ?2, ?3, ?4, ?5)
            on conflict (id, started) do update set version = excluded.version, addresses = excluded.addresses, lease_until = excluded.lease_until
            """,
            gateway.Id, gateway.Version, StoredText.ListToJson(gateway.Addresses), gateway.Started, Now + lease);
        _registrations[gateway.Id] = new Registration(
            gateway, lease,
            instance ?? session.Number("select instance from gateway where id = ?1 and started = ?2", gateway.Id, gateway.Started)!.Value);
        return instance is not null;
    }

    /// <summary>The row that a gateway's connections belong to. It registers (again) when it has none, or had been away so long that it was swept.</summary>
    private long Instance(SqliteSession session, string gateway)
    {
        if (_registrations.TryGetValue(gateway, out Registration? known))
        {
            if (session.Number("select 1 from gateway where instance = ?1", known.Instance) is null) Renew(session, known.Gateway, known.Lease);
        }
        else
        {
            Renew(session, new GatewayRecord(gateway, "", [], Now), UnregisteredLease);
        }
        return _registrations[gateway].Instance;
    }

    private void Sweep(SqliteSession session)
    {
        session.Execute("delete from gateway where lease_until < ?1", Now - SweepAfter);
        session.Execute("delete from recent where until <= ?1", Now);
        session.Execute("delete from persisted where expires <= ?1", Now);
        session.Execute("delete from shared where expires <= ?1", Now);
        session.Execute("delete from event where time < ?1", Now - TimeSpan.FromDays(90));
        // The last number is kept, so that orders are counted on.
        session.Execute("delete from gateway_order where number < (select max(number) from gateway_order) - 1000");
        session.Execute("delete from change where number < (select max(number) from change) - 10000");
    }

    private sealed record Registration(GatewayRecord Gateway, TimeSpan Lease, long Instance);
}
