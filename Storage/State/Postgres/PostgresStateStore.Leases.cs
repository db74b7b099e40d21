using System.Collections.Concurrent;
using Npgsql;

namespace SshGateway.Storage.State.Postgres;

public sealed partial class PostgresStateStore
{
    /// <summary>What a gateway that died has left is removed so long after its lease ended; nothing shows it in the meantime.</summary>
    private const string Sweep = """
        delete from sshgateway.gateway where instance in (
            select instance from sshgateway.gateway where lease_until < now() - interval '5 minutes' for update skip locked)
        """;

    private static readonly string[] SlowSweep =
    [
        "delete from sshgateway.recent where until <= now()",
        "delete from sshgateway.persisted where expires <= now()",
        "delete from sshgateway.shared where expires <= now()",
        "delete from sshgateway.event where time < now() - interval '90 days'",
        "delete from sshgateway.gateway_order where time < now() - interval '1 hour'",
        "delete from sshgateway.host_load where connections = 0",
    ];

    private static readonly TimeSpan SlowSweepInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Registration> _registrations = new();
    private long _sweptAt = Environment.TickCount64;

    public Task<bool> RenewLeaseAsync(GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken) =>
        RunAsync((connection, token) => RenewAsync(connection, gateway, lease, token), cancellationToken);

    public Task ReleaseLeaseAsync(string gateway, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                if (!_registrations.TryRemove(gateway, out Registration? registration)) return;
                _traffic.RemoveGateway(gateway);
                await Sql.RunRelaxedAsync(
                    connection, [Sql.Statement("delete from sshgateway.gateway where instance = $1", Sql.Number(registration.Instance))], token);
            },
            cancellationToken);

    public Task<IReadOnlyList<GatewayRecord>> GetGatewaysAsync(CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement("select id, version, addresses, started, lease_until, connections from sshgateway.gateways order by id collate \"C\", started"),
            _rows.Gateway, cancellationToken);

    private async Task<bool> RenewAsync(NpgsqlConnection connection, GatewayRecord gateway, TimeSpan lease, CancellationToken cancellationToken)
    {
        await _clock.ReadAsync(connection, cancellationToken);
        await SweepAsync(connection, cancellationToken);
        // By which a gateway is known must not move with what is known of its clock.
        DateTimeOffset started = _registrations.TryGetValue(gateway.Id, out Registration? known) && known.Gateway.Started == gateway.Started
            ? known.Started
            : _clock.ToDatabase(gateway.Started);
        NpgsqlParameter[] Values() => [
            Sql.Text(gateway.Id), Sql.Text(gateway.Version), Sql.Texts(gateway.Addresses), Sql.Time(started), Sql.Interval(lease)];
        long? instance = await ScalarAsync(
            connection,
            Sql.Statement(
                """
                update sshgateway.gateway set version = $2, addresses = $3, lease_until = now() + $5
                where id = $1 and started = $4 returning instance
                """,
                Values()),
            cancellationToken);
        bool wasKnown = instance is not null;
        instance ??= await ScalarAsync(
            connection,
            Sql.Statement(
                """
                insert into sshgateway.gateway (id, version, addresses, started, lease_until) values ($1, $2, $3, $4, now() + $5)
                on conflict (id, started) do update set lease_until = excluded.lease_until returning instance
                """,
                Values()),
            cancellationToken);
        _registrations[gateway.Id] = new Registration(gateway, lease, instance!.Value, started);
        return wasKnown;
    }

    /// <summary>The row that a gateway's connections belong to.</summary>
    private async Task<long> InstanceAsync(NpgsqlConnection connection, string gateway, CancellationToken cancellationToken)
    {
        if (_registrations.TryGetValue(gateway, out Registration? known)) return known.Instance;
        await RenewAsync(connection, new GatewayRecord(gateway, "", [], DateTimeOffset.UtcNow), UnregisteredLease, cancellationToken);
        return _registrations[gateway].Instance;
    }

    /// <summary>The gateway's row was swept, because it had been away for minutes: it registers again.</summary>
    private async Task RegisterAgainAsync(NpgsqlConnection connection, string gateway, CancellationToken cancellationToken)
    {
        if (_registrations.TryGetValue(gateway, out Registration? known)) await RenewAsync(connection, known.Gateway, known.Lease, cancellationToken);
    }

    private static bool IsGatewayGone(PostgresException exception) => exception.SqlState == PostgresErrorCodes.ForeignKeyViolation;

    private async Task SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<NpgsqlBatchCommand> statements = [Sql.Statement(Sweep)];
        long last = Interlocked.Read(ref _sweptAt);
        if (Environment.TickCount64 - last > SlowSweepInterval.TotalMilliseconds
            && Interlocked.CompareExchange(ref _sweptAt, Environment.TickCount64, last) == last)
        {
            statements.AddRange(SlowSweep.Select(s => Sql.Statement(s)));
        }
        await Sql.RunRelaxedAsync(connection, statements, cancellationToken);
    }

    private static async Task<long?> ScalarAsync(NpgsqlConnection connection, NpgsqlBatchCommand statement, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Sql.Batch(connection, statement);
        return (long?)await batch.ExecuteScalarAsync(cancellationToken);
    }

    private sealed record Registration(GatewayRecord Gateway, TimeSpan Lease, long Instance, DateTimeOffset Started);
}
