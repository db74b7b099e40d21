using System.Net;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>Each key of routes: its value at the top, its value from an override, and what is refused.</summary>
public sealed class RouteKeyTests
{
    private static readonly Dictionary<string, Func<RouteConfiguration, object?>> Read = new(StringComparer.Ordinal)
    {
        ["debug"] = r => r.Debug,
        ["log"] = r => r.Log,
        ["check_background"] = r => r.CheckBackground,
        ["check_interval"] = r => r.CheckInterval.TotalSeconds,
        ["error_banner"] = r => r.ErrorBanner,
        ["dump"] = r => r.Dump,
        ["dump_limit_size"] = r => r.DumpLimitSize,
        ["dump_limit_window"] = r => r.DumpLimitWindow.TotalSeconds,
        ["log_stats_interval"] = r => r.LogStatsInterval.TotalSeconds,
        ["stats"] = r => r.StatsInterval.TotalSeconds,
        ["blocking_command"] = r => r.BlockingCommand,
        ["bg_command"] = r => r.BackgroundCommand,
        ["translate"] = r => string.Join(';', r.TranslateCommands.Select(t => $"{t.Key}={t.Value.Command},{t.Value.IsSubsystem},{t.Value.DisableDump}")),
        ["environment"] = r => string.Join(';', r.Environment.Select(e => $"{e.Key}={e.Value}")),
        ["service"] = r => r.Service,
        ["dest"] = r => string.Join(' ', r.Dest),
        ["route_select"] = r => r.RouteSelect.ToString(),
        ["mode"] = r => r.Mode.ToString(),
        ["force_command"] = r => r.ForceCommand,
        ["command_must_match"] = r => r.CommandMustMatch,
        ["persist"] = r => r.Persist.TotalSeconds,
        ["max"] = r => r.MaxConnectionsPerUser,
        ["args"] = r => string.Join(' ', r.SshArgs.Raw),
        ["keyttl"] = r => r.StateKeyTtl.TotalSeconds,
        ["mandatory"] = r => r.StateMandatory,
        ["user"] = r => r.Destination.User,
        ["auth"] = r => string.Join(' ', r.Destination.Auth),
        ["ca_key"] = r => r.Destination.CaKey,
        ["ttl"] = r => r.Destination.CertificateTtl.TotalSeconds,
        ["keys"] = r => string.Join(' ', r.Destination.Keys),
        ["user_keys"] = r => string.Join(' ', r.Destination.UserKeys),
        ["known_hosts"] = r => string.Join(' ', r.Destination.KnownHosts),
        ["check"] = r => r.Destination.HostKeyCheck.ToString(),
        ["timeout"] = r => r.Destination.ConnectTimeout.TotalSeconds,
        ["keepalive"] = r => $"{r.Destination.KeepaliveInterval.TotalSeconds}x{r.Destination.KeepaliveCount}",
        ["legacy"] = r => r.Destination.Legacy,
        ["header"] = r => r.Destination.ProxyProtocol.ToString(),
        ["permit"] = r => string.Join(' ', r.Permit.Pty, r.Permit.Exec, r.Permit.Shell, r.Permit.Subsystems, r.Permit.Agent, r.Permit.X11, r.Permit.LocalForward, r.Permit.RemoteForward, r.Permit.Streamlocal, r.Permit.Tunnel, r.Permit.UserEnvironment),
        ["recording"] = r => $"{r.RecordingMode} {r.RecordingFormat} {r.RecordingBulkLimit} {r.RecordingBulkRate} {r.RecordingSha256} {r.RecordingRetention.TotalDays} {r.RecordingMaxTotalSize} {r.RecordingSpoolSize} {r.RecordingTlsCa} {r.RecordingTlsCertificate} {r.RecordingTlsKey}".TrimEnd(),
        ["log_format"] = r => r.LogFormat.ToString(),
        ["user_map"] = r => $"{r.Destination.UserMap} {r.Destination.UserFor("alice", new PatternExpander { User = "alice" })}",
        ["gssapi_delegate"] = r => r.Destination.GssapiDelegate,
        ["sources"] = r => string.Join(' ', r.Destination.CertificateSources),
    };

    [Theory]
    [InlineData("debug: true", "debug", true)]
    [InlineData("debug: yes", "debug", true)]
    [InlineData("debug:", "debug", false)]
    [InlineData("log: syslog", "log", "syslog")]
    [InlineData("log: '{state_dir}/{user}.log'", "log", "/var/lib/sshgateway/{user}.log")]
    [InlineData("check_background: true", "check_background", true)]
    [InlineData("", "check_background", false)]
    [InlineData("check_interval: 2m30s", "check_interval", 150.0)]
    [InlineData("check_interval: 0", "check_interval", 0.0)]
    [InlineData("error_banner: |\n  two\n  lines", "error_banner", "two\nlines")]
    [InlineData("dump: TCP:collector:5555", "dump", "TCP:collector:5555")]
    [InlineData("dump: etcd", "dump", "etcd")]
    [InlineData("dump: state", "dump", "state")]
    [InlineData("dump_limit_size: 1000", "dump_limit_size", 1000L)]
    [InlineData("dump_limit_size: 2M", "dump_limit_size", 2097152L)]
    [InlineData("dump_limit_window: 1m", "dump_limit_window", 60.0)]
    [InlineData("log_stats_interval: 500ms", "log_stats_interval", 0.5)]
    [InlineData("", "stats", 5.0)]
    [InlineData("etcd_stats_interval: 1h", "stats", 3600.0)]
    [InlineData("stats_interval: 1h30m", "stats", 5400.0)]
    [InlineData("blocking_command: /bin/check a", "blocking_command", "/bin/check a")]
    [InlineData("bg_command: krenew -K 60", "bg_command", "krenew -K 60")]
    [InlineData("translate_commands: {internal-sftp: {ssh_args: [-s], command: sftp, disable_dump: true}}", "translate", "internal-sftp=sftp,True,True")]
    [InlineData("translate_commands: {a: {command: b}}", "translate", "a=b,False,False")]
    [InlineData("environment: {B: 1, A: '{user}', C: }", "environment", "B=1;A={user};C=")]
    [InlineData("", "service", "default")]
    [InlineData("service: transfer", "service", "transfer")]
    [InlineData("service: 12", "service", "12")]
    [InlineData("dest: [a, 'b:2222', 'n[1-2]', a]", "dest", "a:22 b:2222 n1:22 n2:22")]
    [InlineData("dest: one", "dest", "one:22")]
    [InlineData("dest: ['[::1]', '[2001:db8::1]:2222', '::2']", "dest", "[::1]:22 [2001:db8::1]:2222 [::2]:22")]
    [InlineData("dest: ['n[1-2]:2022', 'n[1-3]:2022!n2:2022']", "dest", "n1:2022 n2:2022 n3:2022")]
    [InlineData("", "route_select", "Ordered")]
    [InlineData("route_select: random", "route_select", "Random")]
    [InlineData("route_select: connections", "route_select", "Connections")]
    [InlineData("route_select: bandwidth", "route_select", "Bandwidth")]
    [InlineData("", "mode", "Sticky")]
    [InlineData("mode: balanced", "mode", "Balanced")]
    [InlineData("force_command: internal-sftp", "force_command", "internal-sftp")]
    [InlineData("command_must_match: true", "command_must_match", true)]
    [InlineData("etcd_keyttl: 3600", "persist", 3600.0)]
    [InlineData("persist: 1h", "persist", 3600.0)]
    [InlineData("max_connections_per_user: 5", "max", 5)]
    [InlineData("", "args", "-q -Y")]
    [InlineData("ssh: {args: [-vvv, -Y]}", "args", "-vvv -Y")]
    [InlineData("etcd: {keyttl: 7}", "keyttl", 7.0)]
    [InlineData("", "keyttl", 5.0)]
    [InlineData("etcd: {mandatory: true}", "mandatory", true)]
    [InlineData("destination: {user: '{user}-x'}", "user", "{user}-x")]
    [InlineData("", "auth", "Certificate UserKey Key HostBased Password Agent")]
    [InlineData("destination: {auth: [agent, key]}", "auth", "Agent Key")]
    [InlineData("destination: {ca_key: '{state_dir}/ca'}", "ca_key", "/var/lib/sshgateway/ca")]
    [InlineData("destination: {certificate_ttl: 1m}", "ttl", 60.0)]
    [InlineData("", "ttl", 300.0)]
    [InlineData("destination: {keys: [/a, /b]}", "keys", "/a /b")]
    [InlineData("destination: {user_keys: ['{home}/k']}", "user_keys", "{home}/k")]
    [InlineData("", "user_keys", "{home}/.ssh/id_ed25519 {home}/.ssh/id_ecdsa {home}/.ssh/id_rsa")]
    [InlineData("destination: {known_hosts: [/k]}", "known_hosts", "/k")]
    [InlineData("", "check", "Strict")]
    [InlineData("destination: {host_key_check: accept-new}", "check", "AcceptNew")]
    [InlineData("destination: {host_key_check: off}", "check", "Off")]
    [InlineData("", "timeout", 1.0)]
    [InlineData("destination: {connect_timeout: 3s}", "timeout", 3.0)]
    [InlineData("", "keepalive", "15x3")]
    [InlineData("destination: {keepalive: 30s}", "keepalive", "30x3")]
    [InlineData("destination: {keepalive: 30s x 5}", "keepalive", "30x5")]
    [InlineData("destination: {keepalive: 30s × 5}", "keepalive", "30x5")]
    [InlineData("destination: {keepalive: off}", "keepalive", "0x3")]
    [InlineData("destination: {keepalive: 0}", "keepalive", "0x3")]
    [InlineData("destination: {legacy: true}", "legacy", true)]
    [InlineData("", "header", "Off")]
    [InlineData("destination: {proxy_protocol: v2}", "header", "V2")]
    [InlineData("", "permit", "true true true true true true true true true false false")]
    [InlineData("permit: {pty: false, exec: ['git-*'], shell: false, subsystems: [sftp], agent: false, x11: false, local_forward: ['h:22'], remote_forward: false, streamlocal: [/run/x], tunnel: true, user_environment: [LC_*]}", "permit", "false [git-*] false [sftp] false false [h:22] false [/run/x] true [LC_*]")]
    [InlineData("", "recording", "BestEffort Dump 1048576 16777216 Transfers 0 0 67108864")]
    [InlineData("recording: {mode: strict, format: asciicast}", "recording", "Strict Asciicast 1048576 16777216 Transfers 0 0 67108864")]
    [InlineData("recording: {bulk_limit: 0, bulk_rate: 1M, sha256: stored, retention: 30d, max_total_size: 1G, spool_size: 1M}", "recording", "BestEffort Dump 0 1048576 Stored 30 1073741824 1048576")]
    [InlineData("recording: {tls_ca: '{state_dir}/ca', tls_certificate: /c, tls_key: /k}", "recording", "BestEffort Dump 1048576 16777216 Transfers 0 0 67108864 /var/lib/sshgateway/ca /c /k")]
    [InlineData("", "log_format", "Text")]
    [InlineData("log_format: json", "log_format", "Json")]
    [InlineData("destination: {user_map: '{state_dir}/map'}", "user_map", "/var/lib/sshgateway/map alice-x")]
    [InlineData("", "gssapi_delegate", true)]
    [InlineData("destination: {gssapi_delegate: false}", "gssapi_delegate", false)]
    [InlineData("", "sources", "")]
    [InlineData("destination: {certificate_sources: [192.0.2.0/24, '2001:db8::1']}", "sources", "192.0.2.0/24 2001:db8::1/128")]
    [InlineData("destination: {auth: [gssapi, agent]}", "auth", "Gssapi Agent")]
    public void Key_has_its_value_at_the_top_and_in_an_override(string text, string key, object expected)
    {
        Assert.Equal(expected, Read[key](Loaded.Route(text)));
        if (text.Length == 0) return;
        string inside = "overrides:\n  - match: [{users: [alice]}]\n" + string.Join('\n', text.Split('\n').Select(l => "    " + l));
        GatewayConfiguration configuration = Loaded.Yaml(inside);
        Assert.Equal(expected, Read[key](configuration.RouteFor("alice", [], null)));
        Assert.Equal(Read[key](Loaded.Route("")), Read[key](configuration.RouteFor("bob", [], null)));
    }

    [Theory]
    [InlineData("debug: 1", 8, "true or false")]
    [InlineData("log: [a]", 6, "a text is expected, not a list")]
    [InlineData("check_interval: 10", 17, "duration such as 2m30s")]
    [InlineData("check_interval: soon", 17, "duration such as 2m30s")]
    [InlineData("check_interval: 1h2", 17, "duration such as 2m30s")]
    [InlineData("check_interval: -1s", 17, "duration such as 2m30s")]
    [InlineData("error_banner: {}", 15, "a text is expected, not a map")]
    [InlineData("dump: 'TCP:x'", 7, "TCP:host:port is expected")]
    [InlineData("dump_limit_size: -1", 18, "a number of bytes")]
    [InlineData("dump_limit_size: 99999999999T", 18, "a number of bytes")]
    [InlineData("translate_commands: [a]", 21, "a map of commands is expected")]
    [InlineData("translate_commands: {a: b}", 25, "a map with 'command' is expected")]
    [InlineData("translate_commands: {a: {disable_dump: true}}", 25, "'command' is missing")]
    [InlineData("translate_commands: {a: {comand: x}}", 26, "unknown key 'comand', did you mean 'command'?", 2)]
    [InlineData("environment: [A]", 14, "a map of variables is expected")]
    [InlineData("environment: {'A=B': x}", 15, "'A=B' is no name of a variable")]
    [InlineData("environment: {A: [x]}", 18, "a text is expected")]
    [InlineData("service: ''", 10, "1 to 255 characters")]
    [InlineData("dest: {a: b}", 7, "a list is expected, not a map")]
    [InlineData("dest: [ok, '127.0.0.1:abcd']", 12, "no host or host:port")]
    [InlineData("dest: [ok, 'n[1-a]']", 12, "bad range '1-a'")]
    [InlineData("dest: ['host:0']", 8, "no host or host:port")]
    [InlineData("dest: ['host:65536']", 8, "no host or host:port")]
    [InlineData("dest: ['-oProxyCommand=x']", 8, "no host or host:port")]
    [InlineData("dest: ['a b']", 8, "blanks")]
    [InlineData("route_select: conections", 15, "one of ordered, random, connections, bandwidth is expected, not 'conections', did you mean 'connections'?")]
    [InlineData("mode: x", 7, "one of sticky, balanced")]
    [InlineData("command_must_match: maybe", 21, "true or false")]
    [InlineData("etcd_keyttl: -5", 14, "a number of seconds")]
    [InlineData("max_connections_per_user: 1.5", 27, "a whole number of at least 0")]
    [InlineData("ssh: -q", 6, "'ssh' expects a map")]
    [InlineData("ssh: {args: {a: b}}", 13, "a list is expected")]
    [InlineData("etcd: {keyttl: x}", 16, "a number of seconds")]
    [InlineData("destination: {auth: [keys]}", 22, "did you mean 'key'?")]
    [InlineData("destination: {connect_timeout: 0}", 32, "at least 1ms")]
    [InlineData("destination: {keepalive: 15s x}", 26, "15s x 3")]
    [InlineData("destination: {host_key_check: none}", 31, "one of strict, accept-new, off")]
    [InlineData("permit: {pty: [a]}", 15, "true or false")]
    [InlineData("permit: {local_forward: ['h:99999']}", 26, "host[:port], network[:port] or {dest}")]
    [InlineData("recording: {mode: always}", 19, "one of best-effort, strict")]
    [InlineData("log_format: xml", 13, "one of text, json")]
    [InlineData("recording: {bulk_limit: x}", 25, "a number of bytes")]
    [InlineData("match: []", 1, "belongs into an item of 'overrides'")]
    [InlineData("routes: {}", 1, "belongs to version 1")]
    public void Bad_value_is_refused_at_its_place(string text, int column, string expected, int errors = 1)
    {
        ConfigurationResult result = Loaded.Result(text);
        Assert.Equal(errors, result.Errors.Count);
        ConfigurationError error = result.Errors[0];
        Assert.Equal((1, column), (error.Line, error.Column));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("overrides: {}", "'overrides' expects a list")]
    [InlineData("overrides: [a]", "an override is a map")]
    [InlineData("overrides: [{debug: true}]", "'match' is missing")]
    [InlineData("overrides: [{match: {users: [a]}}]", "'match' expects a list of maps")]
    [InlineData("overrides: [{match: [a]}]", "a map with users, groups or sources")]
    [InlineData("overrides: [{match: [{user: [a]}]}]", "did you mean 'users'?")]
    [InlineData("overrides: [{match: [{users: {}}]}]", "a list is expected")]
    [InlineData("overrides: [{match: [{sources: ['x:y']}]}]", "no host or host:port")]
    [InlineData("overrides: [{match: [], listen: [a]}]", "'listen' can only stand at the top")]
    [InlineData("overrides: [{match: [], debgu: true}]", "did you mean 'debug'?")]
    public void Bad_overrides_are_refused(string text, string expected) => Assert.Contains(expected, Loaded.OnlyError(text).Message, StringComparison.Ordinal);

    [Fact]
    public void Keys_without_effect_are_warned_about_with_their_place()
    {
        ConfigurationResult result = Loaded.Result("ssh: {exe: ssh}\netcd:\n  endpoints: [a]\n  tls: {cafile: x}\n  username: u\n  password: p\n");
        Assert.NotNull(result.Configuration);
        Assert.Equal([1, 3, 4, 5, 6], result.Warnings.Select(w => w.Line));
        Assert.All(result.Warnings.Skip(1), w => Assert.Contains("'state.database'", w.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(result.Warnings, w => w.Message.Contains("'p'", StringComparison.Ordinal));
    }

    [Fact]
    public void Maps_of_overrides_merge_and_lists_are_replaced()
    {
        RouteConfiguration route = Loaded.Yaml("""
            destination: {user: u, connect_timeout: 2s}
            permit: {x11: false}
            translate_commands: {a: {command: x}, b: {command: y}}
            ssh: {args: [-v]}
            dest: [a]
            overrides:
              - match: [{}]
                destination: {connect_timeout: 3s}
                permit: {agent: false}
                translate_commands: {b: {command: z}}
                ssh: {args: [-A]}
                dest: []
            """).RouteFor("u", [], null);
        Assert.Equal(("u", 3.0), (route.Destination.User, route.Destination.ConnectTimeout.TotalSeconds));
        Assert.False(route.Permit.X11.AllowsAny || route.Permit.Agent.AllowsAny);
        Assert.Equal(["x", "z"], route.TranslateCommands.Values.Select(c => c.Command));
        Assert.Equal(["-A"], route.SshArgs.Raw);
        Assert.Equal("a", Assert.Single(route.Dest).Host);
    }

    [Fact]
    public void An_empty_match_fits_nobody_and_an_empty_item_everybody()
    {
        ConfigurationResult result = Loaded.Result("overrides:\n  - match: []\n    service: nobody\n  - match: [{}]\n    debug: true\n");
        RouteConfiguration route = Loaded.Good(result).RouteFor("u", [], IPEndPoint.Parse("127.0.0.1:22"));
        Assert.Equal(("default", true), (route.Service, route.Debug));
        Assert.Equal(["an empty 'match' fits nobody", "an empty item of 'match' fits everybody"], result.Warnings.Select(w => w.Message));
    }

    [Fact]
    public void Every_way_to_a_destination_can_be_asked_for_without_a_warning() =>
        Assert.Empty(Loaded.Result("destination:\n  auth: [gssapi, agent, password, hostbased, key, userkey, certificate]").Warnings);
}
