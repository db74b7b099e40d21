-- The views are a contract: columns may be added at the end, never changed. Nothing of a gateway whose lease has ended is in them.

comment on schema sshgateway is 'State of SSH gateways. Read the views connections, hosts, users, groups, persist, gateways, events, recordings, error_banner; the tables behind them may change.';

create view sshgateway.connections as
select c.id, c.user_name, c.groups, c.service, g.id as gateway, c.client, c.listener, c.host, c.started,
    coalesce(t.last_active, c.last_active) as last_active,
    coalesce(t.bytes_in, 0) as bytes_in, coalesce(t.bytes_out, 0) as bytes_out,
    coalesce(t.bandwidth_in, 0) as bandwidth_in, coalesce(t.bandwidth_out, 0) as bandwidth_out,
    c.details
from sshgateway.connection c
join sshgateway.gateway g on g.instance = c.instance and g.lease_until > now()
left join (
    select t.instance, u.connection, u.bytes_in, u.bytes_out, u.bandwidth_in, u.bandwidth_out, u.last_active
    from sshgateway.traffic t
    cross join lateral unnest(t.connections, t.bytes_in, t.bytes_out, t.bandwidth_in, t.bandwidth_out, t.last_active)
        as u(connection, bytes_in, bytes_out, bandwidth_in, bandwidth_out, last_active)
) t on t.connection = c.id and t.instance = c.instance;
comment on view sshgateway.connections is 'Live connections: a client''s connection with its one destination, however many sessions it carries';
comment on column sshgateway.connections.id is 'Session id, as in the logs';
comment on column sshgateway.connections.user_name is 'User who logged in';
comment on column sshgateway.connections.groups is 'The user''s groups when he logged in';
comment on column sshgateway.connections.service is 'Service of the route';
comment on column sshgateway.connections.gateway is 'Gateway that holds the connection';
comment on column sshgateway.connections.client is 'Address and port of the client';
comment on column sshgateway.connections.listener is 'Address of the gateway that the client connected to';
comment on column sshgateway.connections.host is 'Destination, host:port';
comment on column sshgateway.connections.started is 'Time of the login';
comment on column sshgateway.connections.last_active is 'When data last passed';
comment on column sshgateway.connections.bytes_in is 'Bytes from the client';
comment on column sshgateway.connections.bytes_out is 'Bytes to the client';
comment on column sshgateway.connections.bandwidth_in is 'Bytes per second from the client, over the last interval';
comment on column sshgateway.connections.bandwidth_out is 'Bytes per second to the client, over the last interval';
comment on column sshgateway.connections.details is 'What else is known: algorithms of both legs, authentication, recording';

create view sshgateway.persist as
select p.user_name, p.service, p.host, p.expires, p.expires - now() as ttl
from sshgateway.persisted p
where p.expires > now();
comment on view sshgateway.persist is 'Chosen hosts that are remembered after the last connection';
comment on column sshgateway.persist.user_name is 'User';
comment on column sshgateway.persist.service is 'Service';
comment on column sshgateway.persist.host is 'Destination of the next sticky login, host:port';
comment on column sshgateway.persist.expires is 'When it is forgotten';
comment on column sshgateway.persist.ttl is 'Time left';

create view sshgateway.hosts as
select h.host, h.state, h.checked_at, h.reason, h.drain_until, h.drain_message,
    coalesce(c.connections, 0)::integer as connections,
    coalesce(b.bandwidth_in, 0)::bigint as bandwidth_in, coalesce(b.bandwidth_out, 0)::bigint as bandwidth_out,
    coalesce(p.persisted, 0)::integer as persisted
from sshgateway.host h
left join (
    select l.host, sum(l.connections) as connections
    from sshgateway.host_load l join sshgateway.gateway g on g.instance = l.instance and g.lease_until > now()
    group by l.host) c on c.host = h.host
left join (
    select u.host, sum(u.bandwidth_in) as bandwidth_in, sum(u.bandwidth_out) as bandwidth_out
    from sshgateway.traffic t join sshgateway.gateway g on g.instance = t.instance and g.lease_until > now()
    cross join lateral unnest(t.hosts, t.host_bandwidth_in, t.host_bandwidth_out) as u(host, bandwidth_in, bandwidth_out)
    group by u.host) b on b.host = h.host
left join (select host, count(*) as persisted from sshgateway.persist group by host) p on p.host = h.host;
comment on view sshgateway.hosts is 'Destinations that were ever checked or set';
comment on column sshgateway.hosts.host is 'Destination, host:port';
comment on column sshgateway.hosts.state is 'up, down or disabled; a disabled host gets no new logins';
comment on column sshgateway.hosts.checked_at is 'Time of the last check, or of the operator''s change';
comment on column sshgateway.hosts.reason is 'Why it is down';
comment on column sshgateway.hosts.drain_until is 'When what is left on a draining host is closed';
comment on column sshgateway.hosts.drain_message is 'What interactive sessions of a draining host are told';
comment on column sshgateway.hosts.connections is 'Live connections';
comment on column sshgateway.hosts.bandwidth_in is 'Bytes per second from clients';
comment on column sshgateway.hosts.bandwidth_out is 'Bytes per second to clients';
comment on column sshgateway.hosts.persisted is 'Persisted choices that name it';

create view sshgateway.users as
select c.user_name, c.service, c.groups, c.connections, c.bandwidth_in, c.bandwidth_out, c.bytes_in, c.bytes_out, c.last_active,
    p.host as persisted_host, p.ttl as persisted_ttl
from (
    select user_name, service, (array_agg(groups order by started desc))[1] as groups, count(*)::integer as connections,
        sum(bandwidth_in)::bigint as bandwidth_in, sum(bandwidth_out)::bigint as bandwidth_out,
        sum(bytes_in)::bigint as bytes_in, sum(bytes_out)::bigint as bytes_out, max(last_active) as last_active
    from sshgateway.connections group by user_name, service) c
left join sshgateway.persist p on p.user_name = c.user_name and p.service = c.service;
comment on view sshgateway.users is 'Users with live connections, by service';
comment on column sshgateway.users.user_name is 'User';
comment on column sshgateway.users.service is 'Service';
comment on column sshgateway.users.groups is 'The user''s groups at his last login';
comment on column sshgateway.users.connections is 'Live connections';
comment on column sshgateway.users.bandwidth_in is 'Bytes per second from his clients';
comment on column sshgateway.users.bandwidth_out is 'Bytes per second to his clients';
comment on column sshgateway.users.bytes_in is 'Bytes from his clients, over the live connections';
comment on column sshgateway.users.bytes_out is 'Bytes to his clients, over the live connections';
comment on column sshgateway.users.last_active is 'When data last passed';
comment on column sshgateway.users.persisted_host is 'Destination that is remembered after the last connection';
comment on column sshgateway.users.persisted_ttl is 'How long it is remembered';

create view sshgateway.groups as
select u.group_name, c.service, array_agg(distinct c.user_name) as users, count(*)::integer as connections,
    sum(c.bandwidth_in)::bigint as bandwidth_in, sum(c.bandwidth_out)::bigint as bandwidth_out
from sshgateway.connections c cross join lateral unnest(c.groups) as u(group_name)
group by u.group_name, c.service;
comment on view sshgateway.groups is 'Groups with live connections, by service; a user counts in each of his groups';
comment on column sshgateway.groups.group_name is 'Group';
comment on column sshgateway.groups.service is 'Service';
comment on column sshgateway.groups.users is 'Its users that are connected';
comment on column sshgateway.groups.connections is 'Live connections of its users';
comment on column sshgateway.groups.bandwidth_in is 'Bytes per second from clients';
comment on column sshgateway.groups.bandwidth_out is 'Bytes per second to clients';

create view sshgateway.gateways as
select g.id, g.version, g.addresses, g.started, g.lease_until, coalesce(c.connections, 0)::integer as connections
from sshgateway.gateway g
left join (select instance, count(*) as connections from sshgateway.connection group by instance) c on c.instance = g.instance
where g.lease_until > now();
comment on view sshgateway.gateways is 'Gateways that live';
comment on column sshgateway.gateways.id is 'Name';
comment on column sshgateway.gateways.version is 'Version of the program';
comment on column sshgateway.gateways.addresses is 'Addresses it listens on';
comment on column sshgateway.gateways.started is 'When the process started';
comment on column sshgateway.gateways.lease_until is 'When its connections stop to count unless it renews its lease';
comment on column sshgateway.gateways.connections is 'Live connections';

create view sshgateway.events as
select time, kind, gateway, connection, user_name, source, host, message, number
from sshgateway.event;
comment on view sshgateway.events is 'What happened: logins, refusals, ends, host states, commands of operators';
comment on column sshgateway.events.time is 'When';
comment on column sshgateway.events.kind is 'login, refusal, end, host, ctl, recording, gateway';
comment on column sshgateway.events.gateway is 'Gateway that tells it';
comment on column sshgateway.events.connection is 'Session id';
comment on column sshgateway.events.user_name is 'User it concerns';
comment on column sshgateway.events.source is 'Address of the client, or who acted';
comment on column sshgateway.events.host is 'Destination it concerns, host:port';
comment on column sshgateway.events.message is 'What else there is to say';
comment on column sshgateway.events.number is 'Order of writing';

create view sshgateway.recordings as
select id, connection, gateway, user_name, host, command, started, ended, bytes, location, format, sha256, status
from sshgateway.recording;
comment on view sshgateway.recordings is 'Recordings and where they are';
comment on column sshgateway.recordings.id is 'Path, or collector and session';
comment on column sshgateway.recordings.connection is 'Session id';
comment on column sshgateway.recordings.gateway is 'Gateway that recorded';
comment on column sshgateway.recordings.user_name is 'User';
comment on column sshgateway.recordings.host is 'Destination, host:port';
comment on column sshgateway.recordings.command is 'Command, or empty for a shell';
comment on column sshgateway.recordings.started is 'Begin';
comment on column sshgateway.recordings.ended is 'End; null while it runs';
comment on column sshgateway.recordings.bytes is 'Size';
comment on column sshgateway.recordings.location is 'Where it is';
comment on column sshgateway.recordings.format is 'dump or asciicast';
comment on column sshgateway.recordings.sha256 is 'Hash of the complete recording, hexadecimal';
comment on column sshgateway.recordings.status is 'running, complete, or why it is not complete';

create view sshgateway.error_banner as
select text, expires from sshgateway.banner where expires is null or expires > now();
comment on view sshgateway.error_banner is 'What users are shown when no destination can be reached; empty: what the configuration says';
comment on column sshgateway.error_banner.text is 'The message';
comment on column sshgateway.error_banner.expires is 'When it ends; null: never';
