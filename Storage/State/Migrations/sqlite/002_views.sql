-- The views have the columns of those in PostgreSQL (docs/state.md); times are texts in UTC, lists and details are JSON.

create view connections as
select c.id, c.user_name, c.groups, c.service, g.id as gateway, c.client, c.listener, c.host,
    datetime(c.started / 1000000, 'unixepoch') as started, datetime(c.last_active / 1000000, 'unixepoch') as last_active,
    c.bytes_in, c.bytes_out, c.bandwidth_in, c.bandwidth_out, c.details
from connection c join gateway g on g.instance = c.instance
where g.lease_until > (julianday('now') - 2440587.5) * 86400000000.0;

create view persist as
select user_name, service, host, datetime(expires / 1000000, 'unixepoch') as expires, expires / 1000000 - unixepoch() as ttl
from persisted where expires > (julianday('now') - 2440587.5) * 86400000000.0;

create view hosts as
select h.host, h.state, datetime(h.checked_at / 1000000, 'unixepoch') as checked_at, h.reason,
    datetime(h.drain_until / 1000000, 'unixepoch') as drain_until, h.drain_message,
    coalesce(c.connections, 0) as connections, coalesce(c.bandwidth_in, 0) as bandwidth_in, coalesce(c.bandwidth_out, 0) as bandwidth_out,
    (select count(*) from persist p where p.host = h.host) as persisted
from host h
left join (
    select host, count(*) as connections, sum(bandwidth_in) as bandwidth_in, sum(bandwidth_out) as bandwidth_out
    from connections group by host) c on c.host = h.host;

create view users as
select c.user_name, c.service, max(c.groups) as groups, count(*) as connections, sum(c.bandwidth_in) as bandwidth_in,
    sum(c.bandwidth_out) as bandwidth_out, sum(c.bytes_in) as bytes_in, sum(c.bytes_out) as bytes_out, max(c.last_active) as last_active,
    p.host as persisted_host, p.ttl as persisted_ttl
from connections c left join persist p on p.user_name = c.user_name and p.service = c.service
group by c.user_name, c.service;

create view groups as
select u.value as group_name, c.service, json_group_array(distinct c.user_name) as users, count(*) as connections,
    sum(c.bandwidth_in) as bandwidth_in, sum(c.bandwidth_out) as bandwidth_out
from connections c, json_each(c.groups) u
group by u.value, c.service;

create view gateways as
select g.id, g.version, g.addresses, datetime(g.started / 1000000, 'unixepoch') as started,
    datetime(g.lease_until / 1000000, 'unixepoch') as lease_until,
    (select count(*) from connection c where c.instance = g.instance) as connections
from gateway g where g.lease_until > (julianday('now') - 2440587.5) * 86400000000.0;

create view events as
select datetime(time / 1000000, 'unixepoch') as time, kind, gateway, connection, user_name, source, host, message, number from event;

create view recordings as
select id, connection, gateway, user_name, host, command, datetime(started / 1000000, 'unixepoch') as started,
    datetime(ended / 1000000, 'unixepoch') as ended, bytes, location, format, sha256, status
from recording;

create view error_banner as
select text, datetime(expires / 1000000, 'unixepoch') as expires from banner
where expires is null or expires > (julianday('now') - 2440587.5) * 86400000000.0;
