-- Tables are in the singular and may change; the views in the plural are for people and stay as they are.
-- Times are microseconds since 1970 (no functions newer than SQLite 3.38: other programs write too). All processes are on one machine and have one clock.

create table gateway (
    instance integer primary key autoincrement,
    id text not null,
    version text not null,
    addresses text not null,
    started integer not null,
    lease_until integer not null,
    unique (id, started)
);

create table connection (
    id text primary key,
    instance integer not null references gateway on delete cascade,
    user_name text not null,
    groups text not null,
    service text not null,
    client text not null,
    listener text not null,
    host text not null,
    started integer not null,
    last_active integer not null,
    bytes_in integer not null,
    bytes_out integer not null,
    bandwidth_in integer not null,
    bandwidth_out integer not null,
    details text not null
);
create index connection_user on connection (user_name, service);
create index connection_instance on connection (instance);
create index connection_host on connection (host, instance);

create table host (
    host text primary key,
    state text not null check (state in ('up', 'down', 'disabled')),
    checked_at integer not null,
    reason text not null,
    drain_until integer,
    drain_message text
);

create table recent (
    user_name text not null,
    service text not null,
    host text not null,
    until integer not null,
    primary key (user_name, service)
);

create table persisted (
    user_name text not null,
    service text not null,
    host text not null,
    expires integer not null,
    primary key (user_name, service)
);

create table banner (
    single integer primary key check (single = 1),
    text text not null,
    expires integer
);

create table event (
    number integer primary key,
    time integer not null,
    kind text not null,
    gateway text not null,
    connection text not null,
    user_name text not null,
    source text not null,
    host text not null,
    message text not null
);
create index event_time on event (time);
create index event_user on event (user_name, time);
create index event_host on event (host, time);

create table recording (
    id text primary key,
    connection text not null,
    gateway text not null,
    user_name text not null,
    host text not null,
    command text not null,
    started integer not null,
    ended integer,
    bytes integer not null,
    location text not null,
    format text not null,
    sha256 text not null,
    status text not null
);
create index recording_started on recording (started);

create table shared (
    area text not null,
    key text not null,
    value blob not null,
    expires integer,
    primary key (area, key)
);

create table gateway_order (
    number integer primary key,
    kind text not null,
    connection text,
    user_name text,
    host text,
    message text not null
);

-- What changed, whoever changed it; the other processes read it when they see that the file was written.
create table change (
    number integer primary key autoincrement,
    time integer not null default (cast((julianday('now') - 2440587.5) * 86400000000.0 as integer)),
    kind text not null,
    key text not null
);

create trigger host_added after insert on host begin
    insert into change (kind, key) values ('hosts', new.host);
end;
create trigger host_changed after update on host
when (old.state, old.reason, old.drain_until, old.drain_message) is not (new.state, new.reason, new.drain_until, new.drain_message) begin
    insert into change (kind, key) values ('hosts', new.host);
end;
create trigger host_removed after delete on host begin
    insert into change (kind, key) values ('hosts', old.host);
end;
create trigger banner_added after insert on banner begin
    insert into change (kind, key) values ('banner', '');
end;
create trigger banner_changed after update on banner begin
    insert into change (kind, key) values ('banner', '');
end;
create trigger banner_removed after delete on banner begin
    insert into change (kind, key) values ('banner', '');
end;
create trigger shared_added after insert on shared begin
    insert into change (kind, key) values ('shared', new.area || '/' || new.key);
end;
create trigger shared_changed after update on shared begin
    insert into change (kind, key) values ('shared', new.area || '/' || new.key);
end;
create trigger shared_removed after delete on shared begin
    insert into change (kind, key) values ('shared', old.area || '/' || old.key);
end;
create trigger order_given after insert on gateway_order begin
    insert into change (kind, key) values ('order', new.number);
end;
