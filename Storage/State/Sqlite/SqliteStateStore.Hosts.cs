namespace SshGateway.Storage.State.Sqlite;

public sealed partial class SqliteStateStore
{
    public Task<IReadOnlyList<HostRecord>> GetHostsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<HostRecord>>(
            session => session.Query(
                """
                select h.host, h.state, h.checked_at, h.reason, h.drain_until, h.drain_message,
                    coalesce(l.connections, 0), coalesce(l.bandwidth_in, 0), coalesce(l.bandwidth_out, 0),
                    (select count(*) from persisted p where p.host = h.host and p.expires > ?1)
                from host h left join (
                    select c.host, count(*) as connections, sum(c.bandwidth_in) as bandwidth_in, sum(c.bandwidth_out) as bandwidth_out
                    from connection c join gateway g on g.instance = c.instance where g.lease_until > ?1 group by c.host) l on l.host = h.host
                order by h.host
                """,
                Rows.Host,
                Now),
            cancellationToken);

    public Task PutHostCheckAsync(string host, bool isUp, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(
            """
            insert into host (host, state, checked_at, reason) values (?1, ?2, ?3, ?4)
            on conflict (host) do update set checked_at = excluded.checked_at,
                state = case when state = 'disabled' then state else excluded.state end,
                reason = case when state = 'disabled' then reason else excluded.reason end
            """,
            [host, isUp ? "up" : "down", Now, isUp ? "" : reason], cancellationToken);

    public Task SetHostStateAsync(string host, HostState state, HostDrain? drain, CancellationToken cancellationToken)
    {
        if (state != HostState.Disabled) drain = null;
        return ChangeAsync(
            """
            insert into host (host, state, checked_at, reason, drain_until, drain_message) values (?1, ?2, ?3, '', ?4, ?5)
            on conflict (host) do update set state = excluded.state, checked_at = excluded.checked_at, reason = '',
                drain_until = excluded.drain_until, drain_message = excluded.drain_message
            """,
            [host, HostStateText.Format(state), Now, drain?.Until, drain?.Message], cancellationToken);
    }

    public Task<bool> ForgetHostAsync(string host, CancellationToken cancellationToken) =>
        ChangeAsync(session => session.Execute("delete from host where host = ?1", host) > 0, cancellationToken);

    public Task<ErrorBanner?> GetErrorBannerAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            session => session.Query(
                "select text, expires from banner where expires is null or expires > ?1", Rows.Banner, Now).FirstOrDefault(),
            cancellationToken);

    public Task SetErrorBannerAsync(ErrorBanner? banner, CancellationToken cancellationToken) => banner is null
        ? ChangeAsync("delete from banner", [], cancellationToken)
        : ChangeAsync(
            """
            insert into banner (single, text, expires) values (1, ?1, ?2)
            on conflict (single) do update set text = excluded.text, expires = excluded.expires
            """,
            [banner.Text, banner.Expires], cancellationToken);
}
