-- A role that may look at the state of the gateways and change nothing. Run it in the gateways' database, as its owner, after a gateway
-- has made the schema:  psql -d sshgateway -f readonly.sql
-- Then give the role to people:  grant sshgateway_read to alice;

do $$
begin
    create role sshgateway_read nologin;
exception when duplicate_object then
    null;
end $$;

grant usage on schema sshgateway to sshgateway_read;

-- The views only. They read the tables with their owner's rights.
grant select on
    sshgateway.connections, sshgateway.hosts, sshgateway.users, sshgateway.groups, sshgateway.persist,
    sshgateway.gateways, sshgateway.events, sshgateway.recordings, sshgateway.error_banner
to sshgateway_read;
