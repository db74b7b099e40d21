-- Tables are in the singular and may change; the views in the plural are for people and stay as they are.
-- Times are the database's: no gateway's clock decides anything.

create table sshgateway.gateway (
    instance bigint generated always as identity primary key,
    id text collate "C" not null,
    version text not null,
    addresses text[] not null,
    started timestamptz not null,
    lease_until timestamptz not null,
    unique (id, started)
);

create table sshgateway.connection (
    id text collate "C" primary key,
    instance bigint not null references sshgateway.gateway on delete cascade,
    user_name text collate "C" not null,
    groups text[] not null,
    service text collate "C" not null,
    client text not null,
    listener text not null,
    host text collate "C" not null,
    started timestamptz not null,
    last_active timestamptz not null,
    details jsonb not null
);
create index connection_user on sshgateway.connection (user_name, service);
create index connection_instance on sshgateway.connection (instance);
create index connection_host on sshgateway.connection (host);

-- One row per gateway, written as a whole once per interval: ten thousand sessions cost one statement and one row. Elements of the
-- arrays belong together. They are sorted by a hash of the user into 64 parts, which begin at starts[1] to starts[64]; starts[65] is
-- the end: whoever looks for one user reads one part.
create table sshgateway.traffic (
    instance bigint primary key references sshgateway.gateway on delete cascade,
    starts integer[] not null,
    connections text[] not null,
    bytes_in bigint[] not null,
    bytes_out bigint[] not null,
    bandwidth_in bigint[] not null,
    bandwidth_out bigint[] not null,
    last_active timestamptz[] not null,
    hosts text[] not null,
    host_bandwidth_in bigint[] not null,
    host_bandwidth_out bigint[] not null
);
alter table sshgateway.traffic
    alter connections set storage external, alter bytes_in set storage external, alter bytes_out set storage external,
    alter bandwidth_in set storage external, alter bandwidth_out set storage external, alter last_active set storage external;

create table sshgateway.host (
    host text collate "C" primary key,
    state text not null check (state in ('up', 'down', 'disabled')),
    checked_at timestamptz not null,
    reason text not null,
    drain_until timestamptz,
    drain_message text
);

-- How many connections of which gateway go where, kept by triggers: a login that looks for the host with the fewest need not count.
create table sshgateway.host_load (
    host text collate "C" not null,
    instance bigint not null,
    connections integer not null,
    primary key (host, instance)
) with (fillfactor = 50);

create function sshgateway.add_load() returns trigger language plpgsql as $$
begin
    insert into sshgateway.host_load (host, instance, connections)
        select host, instance, count(*) from added where host <> '' group by host, instance order by host, instance
        on conflict (host, instance) do update set connections = host_load.connections + excluded.connections;
    return null;
end $$;

create function sshgateway.remove_load() returns trigger language plpgsql as $$
begin
    insert into sshgateway.host_load (host, instance, connections)
        select host, instance, -count(*) from removed where host <> '' group by host, instance order by host, instance
        on conflict (host, instance) do update set connections = host_load.connections + excluded.connections;
    return null;
end $$;

create function sshgateway.move_load() returns trigger language plpgsql as $$
begin
    insert into sshgateway.host_load (host, instance, connections)
        select host, instance, sum(n) from (
            select host, instance, 1 as n from added union all select host, instance, -1 from removed) as moved
        where host <> '' group by host, instance having sum(n) <> 0 order by host, instance
        on conflict (host, instance) do update set connections = host_load.connections + excluded.connections;
    return null;
end $$;

create trigger connection_added after insert on sshgateway.connection
    referencing new table as added for each statement execute function sshgateway.add_load();
create trigger connection_removed after delete on sshgateway.connection
    referencing old table as removed for each statement execute function sshgateway.remove_load();
create trigger connection_moved after update on sshgateway.connection
    referencing old table as removed new table as added for each statement execute function sshgateway.move_load();

create table sshgateway.recent (
    user_name text collate "C",
    service text collate "C",
    host text not null,
    until timestamptz not null,
    primary key (user_name, service)
);

create table sshgateway.persisted (
    user_name text collate "C",
    service text collate "C",
    host text collate "C" not null,
    expires timestamptz not null,
    primary key (user_name, service)
);

create table sshgateway.banner (
    single boolean primary key default true check (single),
    text text not null,
    expires timestamptz
);

create table sshgateway.event (
    number bigint generated always as identity primary key,
    time timestamptz not null,
    kind text not null,
    gateway text not null,
    connection text not null,
    user_name text collate "C" not null,
    source text not null,
    host text collate "C" not null,
    message text not null
);
create index event_time on sshgateway.event (time);
create index event_user on sshgateway.event (user_name, time);
create index event_host on sshgateway.event (host, time);

create table sshgateway.recording (
    id text collate "C" primary key,
    connection text not null,
    gateway text not null,
    user_name text collate "C" not null,
    host text not null,
    command text not null,
    started timestamptz not null,
    ended timestamptz,
    bytes bigint not null,
    location text not null,
    format text not null,
    sha256 text not null,
    status text not null
);
create index recording_started on sshgateway.recording (started);
create index recording_user on sshgateway.recording (user_name, started);

create table sshgateway.shared (
    area text collate "C",
    key text collate "C",
    value bytea not null,
    expires timestamptz,
    primary key (area, key)
);

-- Orders to gateways stay for an hour, so that one that had lost its connection still gets them.
create table sshgateway.gateway_order (
    number bigint generated always as identity primary key,
    time timestamptz not null default clock_timestamp(),
    kind text not null,
    connection text,
    user_name text,
    host text,
    message text not null
);

-- What changes is told on the channel sshgateway as "KIND KEY", whoever changes it.
create function sshgateway.tell(kind text, key text) returns void language sql as $$
    select pg_notify('sshgateway', kind || ' ' || left(key, 1500))
$$;

create function sshgateway.host_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        perform sshgateway.tell('hosts', old.host);
    elsif tg_op = 'INSERT'
        or (old.state, old.reason, old.drain_until, old.drain_message) is distinct from (new.state, new.reason, new.drain_until, new.drain_message) then
        perform sshgateway.tell('hosts', new.host);
    end if;
    return null;
end $$;
create trigger host_changed after insert or update or delete on sshgateway.host
    for each row execute function sshgateway.host_changed();

create function sshgateway.banner_changed() returns trigger language plpgsql as $$
begin
    perform sshgateway.tell('banner', '');
    return null;
end $$;
create trigger banner_changed after insert or update or delete on sshgateway.banner
    for each statement execute function sshgateway.banner_changed();

create function sshgateway.shared_changed() returns trigger language plpgsql as $$
begin
    perform sshgateway.tell('shared', coalesce(new.area, old.area) || '/' || coalesce(new.key, old.key));
    return null;
end $$;
create trigger shared_changed after insert or update or delete on sshgateway.shared
    for each row execute function sshgateway.shared_changed();

create function sshgateway.order_given() returns trigger language plpgsql as $$
begin
    perform sshgateway.tell('order', new.number::text);
    return null;
end $$;
create trigger order_given after insert on sshgateway.gateway_order
    for each row execute function sshgateway.order_given();
