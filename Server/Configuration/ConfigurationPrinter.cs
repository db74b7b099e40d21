using System.Globalization;
using SshGateway.Server.Configuration.Schema;

namespace SshGateway.Server.Configuration;

/// <summary>Writes a calculated configuration, one <c>config.key = value</c> a line, as sshproxyctl writes it.</summary>
internal static class ConfigurationPrinter
{
    /// <summary>The settings of a route, patterns expanded as far as they are known.</summary>
    public static IEnumerable<string> Route(RouteConfiguration route, PatternExpander patterns)
    {
        yield return $"config.debug = {Flag(route.Debug)}";
        yield return $"config.log = {patterns.Expand(route.Log)}";
        yield return $"config.check_interval = {DurationText.Format(route.CheckInterval)}";
        yield return $"config.error_banner = {route.ErrorBanner}";
        yield return $"config.dump = {patterns.Expand(route.Dump)}";
        yield return $"config.dump_limit_size = {route.DumpLimitSize}";
        yield return $"config.dump_limit_window = {DurationText.Format(route.DumpLimitWindow)}";
        yield return $"config.state = {{KeyTTL:{DurationText.Format(route.StateKeyTtl)} Mandatory:{Flag(route.StateMandatory)}}}";
        yield return $"config.etcd_stats_interval = {DurationText.Format(route.StatsInterval)}";
        yield return $"config.log_stats_interval = {DurationText.Format(route.LogStatsInterval)}";
        yield return $"config.blocking_command = {route.BlockingCommand}";
        yield return $"config.bg_command = {route.BackgroundCommand}";
        yield return $"config.ssh = {{Exe:ssh Args:{List(route.SshArgs.Raw)}}}";
        foreach ((string name, TranslatedCommand command) in route.TranslateCommands.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            yield return $"config.TranslateCommands.{name} = &{{SSHArgs:{List(command.Arguments.Raw)} Command:{command.Command} DisableDump:{Flag(command.DisableDump)}}}";
        }

        yield return $"config.environment = map[{string.Join(' ', route.Environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}:{patterns.Expand(v.Value)}"))}]";
        yield return $"config.service = {route.Service}";
        yield return $"config.dest = {List(route.Dest.Select(d => d.ToString()))}";
        yield return $"config.route_select = {Name(route.RouteSelect)}";
        yield return $"config.mode = {Name(route.Mode)}";
        yield return $"config.force_command = {route.ForceCommand}";
        yield return $"config.command_must_match = {Flag(route.CommandMustMatch)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"config.etcd_keyttl = {route.Persist.TotalSeconds:0.###}");
        yield return $"config.max_connections_per_user = {route.MaxConnectionsPerUser}";
        foreach (string line in Destination(route.Destination, patterns)) yield return line;
        foreach (string line in Permit(route.Permit)) yield return line;
        yield return $"config.recording.mode = {Name(route.RecordingMode)}";
        yield return $"config.recording.format = {Name(route.RecordingFormat)}";
        yield return $"config.recording.bulk_limit = {route.RecordingBulkLimit}";
        yield return $"config.recording.retention = {DurationText.Format(route.RecordingRetention)}";
        yield return $"config.recording.max_total_size = {route.RecordingMaxTotalSize}";
        yield return $"config.recording.spool_size = {route.RecordingSpoolSize}";
        yield return $"config.log_format = {Name(route.LogFormat)}";
        yield return $"config.check_background = {Flag(route.CheckBackground)}";
        yield return $"config.recording.bulk_rate = {route.RecordingBulkRate}";
        yield return $"config.recording.sha256 = {Name(route.RecordingSha256)}";
        yield return $"config.recording.tls_ca = {route.RecordingTlsCa}";
        yield return $"config.recording.tls_certificate = {route.RecordingTlsCertificate}";
        yield return $"config.recording.tls_key = {route.RecordingTlsKey}";
        yield return $"config.destination.gssapi_delegate = {Flag(route.Destination.GssapiDelegate)}";
        yield return $"config.destination.certificate_sources = {List(route.Destination.CertificateSources.Select(network => network.ToString()))}";
    }

    /// <summary>The settings that hold for the whole file.</summary>
    public static IEnumerable<string> Gateway(GatewayConfiguration gateway)
    {
        yield return $"config.listen = {List(gateway.Listen.Select(l => l.ToString()))}";
        yield return $"config.host_keys = {List(gateway.HostKeys)}";
        yield return $"config.host_certificates = {List(gateway.HostCertificates)}";
        yield return $"config.state_dir = {gateway.StateDir}";
        yield return $"config.run_as = {gateway.RunAs}";
        yield return $"config.banner = {gateway.Banner}";
        yield return $"config.proxy_protocol = {List(gateway.ProxyProtocol.Select(n => n.ToString()))}";
        yield return $"config.state.database = {WithoutSecret(gateway.State.Database)}";
        yield return $"config.state.mandatory = {Flag(gateway.State.Mandatory)}";
        yield return $"config.state.keyttl = {DurationText.Format(gateway.State.KeyTtl)}";
        yield return $"config.state.lease = {DurationText.Format(gateway.State.Lease)}";
        yield return $"config.state.timeout = {DurationText.Format(gateway.State.Timeout)}";
        foreach (string line in Auth(gateway.Auth)) yield return line;
        foreach (string line in Limits(gateway.Limits)) yield return line;
        yield return $"config.algorithms.kex = {gateway.Algorithms.Kex}";
        yield return $"config.algorithms.host_keys = {gateway.Algorithms.HostKeys}";
        yield return $"config.algorithms.ciphers = {gateway.Algorithms.Ciphers}";
        yield return $"config.algorithms.macs = {gateway.Algorithms.Macs}";
        yield return $"config.algorithms.user_keys = {gateway.Algorithms.UserKeys}";
        yield return $"config.algorithms.prefer_gcm = {Flag(gateway.Algorithms.PreferGcm)}";
        yield return $"config.algorithms.compression = {Flag(gateway.Algorithms.Compression)}";
        yield return $"config.admin.listen = {gateway.AdminListen?.ToString() ?? "off"}";
        yield return $"config.admin.group = {gateway.AdminGroup}";
        yield return $"config.admin.otlp = {gateway.AdminOtlp}";
    }

    /// <summary>Each override: whom it fits, and what it makes different from the top of the file.</summary>
    public static IEnumerable<string> Overrides(RouteTable routes)
    {
        PatternExpander none = new();
        HashSet<string> top = new(Route(routes.Base, none), StringComparer.Ordinal);
        for (int i = 0; i < routes.Overrides.Count; i++)
        {
            RouteOverride item = routes.Overrides[i];
            foreach (MatchItem match in item.Match) yield return $"overrides[{i}].match = {Match(match)}";
            RouteConfiguration route = item.Changes.Aggregate(routes.Written, (current, change) => change(current));
            foreach (string line in Route(SshArgumentsEffect.Apply(route), none))
            {
                if (!top.Contains(line)) yield return string.Concat($"overrides[{i}]", line.AsSpan("config".Length));
            }
        }
    }

    private static IEnumerable<string> Destination(DestinationConfiguration destination, PatternExpander patterns)
    {
        yield return $"config.destination.user = {patterns.Expand(destination.User)}";
        yield return $"config.destination.auth = {List(destination.Auth.Select(a => a.ToString().ToLowerInvariant()))}";
        yield return $"config.destination.ca_key = {destination.CaKey}";
        yield return $"config.destination.certificate_ttl = {DurationText.Format(destination.CertificateTtl)}";
        yield return $"config.destination.keys = {List(destination.Keys)}";
        yield return $"config.destination.user_keys = {List(destination.UserKeys.Select(patterns.Expand))}";
        yield return $"config.destination.known_hosts = {List(destination.KnownHosts.Select(patterns.Expand))}";
        yield return $"config.destination.host_key_check = {Name(destination.HostKeyCheck)}";
        yield return $"config.destination.connect_timeout = {DurationText.Format(destination.ConnectTimeout)}";
        yield return $"config.destination.keepalive = {DurationText.Format(destination.KeepaliveInterval)} x {destination.KeepaliveCount}";
        yield return $"config.destination.legacy = {Flag(destination.Legacy)}";
        yield return $"config.destination.proxy_protocol = {Name(destination.ProxyProtocol)}";
        yield return $"config.destination.user_map = {destination.UserMap}";
    }

    private static IEnumerable<string> Permit(PermitConfiguration permit)
    {
        yield return $"config.permit.pty = {permit.Pty}";
        yield return $"config.permit.exec = {permit.Exec}";
        yield return $"config.permit.shell = {permit.Shell}";
        yield return $"config.permit.subsystems = {permit.Subsystems}";
        yield return $"config.permit.agent = {permit.Agent}";
        yield return $"config.permit.x11 = {permit.X11}";
        yield return $"config.permit.local_forward = {permit.LocalForward}";
        yield return $"config.permit.remote_forward = {permit.RemoteForward}";
        yield return $"config.permit.streamlocal = {permit.Streamlocal}";
        yield return $"config.permit.tunnel = {permit.Tunnel}";
        yield return $"config.permit.user_environment = {permit.UserEnvironment}";
    }

    private static IEnumerable<string> Auth(AuthConfiguration auth)
    {
        yield return $"config.auth.methods = {List(auth.Methods.Select(m => string.Join('+', m)))}";
        yield return $"config.auth.authorized_keys = {List(auth.AuthorizedKeys)}";
        yield return $"config.auth.authorized_keys_command = {auth.AuthorizedKeysCommand}";
        yield return $"config.auth.trusted_user_ca = {List(auth.TrustedUserCa)}";
        yield return $"config.auth.authorized_principals = {List(auth.AuthorizedPrincipals)}";
        yield return $"config.auth.authorized_principals_command = {auth.AuthorizedPrincipalsCommand}";
        yield return $"config.auth.revoked_keys = {List(auth.RevokedKeys)}";
        yield return $"config.auth.pam_service = {List(auth.PamServices)}";
        yield return $"config.auth.pam_account = {Flag(auth.PamAccount)}";
        yield return $"config.auth.pam_session = {Flag(auth.PamSession)}";
        yield return $"config.auth.hostbased_machines = {auth.HostbasedMachines}";
        yield return $"config.auth.hostbased_known_hosts = {List(auth.HostbasedKnownHosts)}";
        yield return $"config.auth.helper = {auth.Helper}";
        yield return $"config.auth.mfa_grace = {DurationText.Format(auth.MfaGrace)}";
        yield return $"config.auth.keytab = {auth.Keytab}";
        yield return $"config.auth.require_system_user = {Flag(auth.RequireSystemUser)}";
        yield return $"config.auth.allow_users = {List(auth.AllowUsers)}";
        yield return $"config.auth.deny_users = {List(auth.DenyUsers)}";
        yield return $"config.auth.allow_groups = {List(auth.AllowGroups)}";
        yield return $"config.auth.deny_groups = {List(auth.DenyGroups)}";
        yield return $"config.auth.allow_root = {Name(auth.AllowRoot)}";
        yield return $"config.auth.authorized_keys_command_user = {auth.AuthorizedKeysCommandUser}";
        yield return $"config.auth.authorized_principals_command_user = {auth.AuthorizedPrincipalsCommandUser}";
    }

    private static IEnumerable<string> Limits(LimitsConfiguration limits)
    {
        yield return $"config.limits.max_startups = {limits.MaxStartups}";
        yield return $"config.limits.per_source = {limits.PerSource}";
        yield return $"config.limits.grace = {DurationText.Format(limits.LoginGrace)}";
        yield return $"config.limits.max_tries = {limits.MaxTries}";
        yield return $"config.limits.max_requests = {limits.MaxRequests}";
        yield return $"config.limits.max_sessions = {limits.MaxSessions}";
        PenaltyConfiguration p = limits.Penalties;
        yield return p.Enabled
            ? $"config.limits.penalties = {{AuthFail:{DurationText.Format(p.AuthFail)} NoAuth:{DurationText.Format(p.NoAuth)} GraceExceeded:{DurationText.Format(p.GraceExceeded)} Crash:{DurationText.Format(p.Crash)} Max:{DurationText.Format(p.Max)} MaxSources:{p.MaxSources} Exempt:{List(p.Exempt.Select(n => n.ToString()))}}}"
            : "config.limits.penalties = off";
        yield return $"config.limits.rekey = {limits.RekeyBytes} {limits.RekeySeconds}";
    }

    private static string Match(MatchItem match)
    {
        List<string> parts = [];
        if (match.Sources is not null) parts.Add($"sources:{List(match.Sources.Select(s => s.ToString()).Order(StringComparer.Ordinal))}");
        if (match.Users is not null) parts.Add($"users:{List(match.Users.Order(StringComparer.Ordinal))}");
        if (match.Groups is not null) parts.Add($"groups:{List(match.Groups.Order(StringComparer.Ordinal))}");
        return $"{{{string.Join(' ', parts)}}}";
    }

    // Passwords in connection strings are not shown.
    private static string WithoutSecret(string database)
    {
        int scheme = database.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0)
        {
            int at = database.LastIndexOf('@');
            int colon = at < 0 ? -1 : database.IndexOf(':', scheme + 3, at - scheme - 3);
            string shown = colon < 0 ? database : $"{database.AsSpan(0, colon)}:…{database.AsSpan(at)}";
            int query = shown.IndexOf('?', StringComparison.Ordinal);
            return query >= 0 && shown.Contains("password", StringComparison.OrdinalIgnoreCase) ? string.Concat(shown.AsSpan(0, query), "?…") : shown;
        }

        if (database == StateConfiguration.InMemory || database.StartsWith("sqlite:", StringComparison.Ordinal)) return database;
        string[] shownKeys = ["host", "server", "port", "database", "dbname", "user", "username", "user id"];
        return string.Join(' ', database.Split(';', ' ').Where(p => shownKeys.Contains(p.Split('=')[0].Trim(), StringComparer.OrdinalIgnoreCase)));
    }

    private static string List(IEnumerable<string> items) => $"[{string.Join(' ', items)}]";

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Name(Enum value) => value switch
    {
        HostKeyCheck.AcceptNew => "accept-new",
        RecordingMode.BestEffort => "best-effort",
        RootLogin.WithoutPassword => "without-password",
        RootLogin.Yes => "true",
        RootLogin.No => "false",
        _ => value.ToString().ToLowerInvariant(),
    };
}
