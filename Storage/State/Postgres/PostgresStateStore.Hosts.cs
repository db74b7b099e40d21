using Npgsql;

namespace SshGateway.Storage.State.Postgres;

public sealed partial class PostgresStateStore
{
    public Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken cancellationToken) =>
        QueryAsync(
            Sql.Statement(
                """
                select host, state, checked_at, reason, drain_until, drain_message, connections, bandwidth_in, bandwidth_out, persisted
                from sshgateway.hosts order by host
                """),
            _rows.Host, cancellationToken);

    public Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, Sql.Statement(
            """
            insert into sshgateway.host (host, state, checked_at, reason) values ($1, $2, clock_timestamp(), $3)
            on conflict (host) do update set checked_at = excluded.checked_at,
                state = case when host.state = 'disabled' then host.state else excluded.state end,
                reason = case when host.state = 'disabled' then host.reason else excluded.reason end
            """,
            Sql.Text(host), Sql.Text(isUp ? "up" : "down"), Sql.Text(isUp ? "" : reason)));

    public Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken cancellationToken)
    {
        if (state != HostState.Disabled) drain = null;
        return ExecuteAsync(cancellationToken, Sql.Statement(
            """
            insert into sshgateway.host (host, state, checked_at, reason, drain_until, drain_message) values ($1, $2, clock_timestamp(), '', $3, $4)
            on conflict (host) do update set state = excluded.state, checked_at = excluded.checked_at, reason = '',
                drain_until = excluded.drain_until, drain_message = excluded.drain_message
            """,
            Sql.Text(host), Sql.Text(HostStateText.Format(state)), _clock.Time(drain?.Until), Sql.Text(drain?.Message)));
    }

    public Task<bool> ForgetHostAsync(string host, CancellationToken cancellationToken) =>
        RunAsync(
            async (connection, token) =>
            {
                await using NpgsqlBatch batch = Sql.Batch(connection, Sql.Statement("delete from sshgateway.host where host = $1", Sql.Text(host)));
                return await batch.ExecuteNonQueryAsync(token) > 0;
            },
            cancellationToken);

    public async Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken cancellationToken) =>
        await QueryAsync(Sql.Statement("select text, expires from sshgateway.error_banner"), _rows.Banner, cancellationToken) is [var banner, ..] ? banner : null;

    public Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken cancellationToken) =>
        ExecuteAsync(cancellationToken, banner is null
            ? Sql.Statement("delete from sshgateway.banner")
            : Sql.Statement(
                """
                insert into sshgateway.banner (text, expires) values ($1, $2)
                on conflict (single) do update set text = excluded.text, expires = excluded.expires
                """,
                Sql.Text(banner.Text), _clock.Time(banner.Expires)));
}
