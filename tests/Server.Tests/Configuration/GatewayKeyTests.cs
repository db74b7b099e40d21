using System.Net;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>Each key that stands only at the top.</summary>
public sealed class GatewayKeyTests
{
    private static readonly Dictionary<string, Func<GatewayConfiguration, object?>> Read = new(StringComparer.Ordinal)
    {
        ["listen"] = g => string.Join(' ', g.Listen),
        ["host_keys"] = g => string.Join(' ', g.HostKeys),
        ["host_certificates"] = g => string.Join(' ', g.HostCertificates),
        ["state_dir"] = g => $"{g.StateDir} {g.State.Database}",
        ["run_as"] = g => g.RunAs,
        ["banner"] = g => g.Banner,
        ["proxy"] = g => string.Join(' ', g.ProxyProtocol),
        ["database"] = g => g.State.Database,
        ["state"] = g => $"{g.State.Mandatory} {g.State.KeyTtl.TotalSeconds} {g.State.Lease.TotalSeconds} {g.State.Timeout.TotalMilliseconds}",
        ["route state"] = g => $"{g.Routes.Base.StateMandatory} {g.Routes.Base.StateKeyTtl.TotalSeconds}",
        ["methods"] = g => string.Join(' ', g.Auth.Methods.Select(m => string.Join('+', m))),
        ["authorized_keys"] = g => string.Join(' ', g.Auth.AuthorizedKeys),
        ["auth texts"] = g => $"{g.Auth.AuthorizedKeysCommand}|{g.Auth.AuthorizedPrincipalsCommand}|{string.Join(' ', g.Auth.TrustedUserCa)}|{string.Join(' ', g.Auth.AuthorizedPrincipals)}|{string.Join(' ', g.Auth.RevokedKeys)}",
        ["lookup users"] = g => $"{g.Auth.AuthorizedKeysCommandUser} {g.Auth.AuthorizedPrincipalsCommandUser}",
        ["pam"] = g => string.Join(' ', g.Auth.PamServices),
        ["pam use"] = g => $"{g.Auth.PamAccount} {g.Auth.PamSession} {g.Auth.Helper}",
        ["hostbased"] = g => $"{g.Auth.HostbasedMachines}|{string.Join(' ', g.Auth.HostbasedKnownHosts)}",
        ["keytab"] = g => g.Auth.Keytab,
        ["mfa"] = g => g.Auth.MfaGrace.TotalHours,
        ["otlp"] = g => g.AdminOtlp,
        ["admin group"] = g => g.AdminGroup,
        ["require"] = g => g.Auth.RequireSystemUser,
        ["who"] = g => string.Join('|', string.Join(' ', g.Auth.AllowUsers), string.Join(' ', g.Auth.DenyUsers), string.Join(' ', g.Auth.AllowGroups), string.Join(' ', g.Auth.DenyGroups)),
        ["root"] = g => g.Auth.AllowRoot.ToString(),
        ["startups"] = g => g.Limits.MaxStartups.ToString(),
        ["limits"] = g => $"{g.Limits.PerSource} {g.Limits.LoginGrace.TotalSeconds} {g.Limits.MaxTries} {g.Limits.MaxRequests} {g.Limits.MaxSessions}",
        ["penalties"] = g => $"{g.Limits.Penalties.Enabled} {g.Limits.Penalties.AuthFail.TotalSeconds} {g.Limits.Penalties.Max.TotalSeconds} {g.Limits.Penalties.MaxSources} {string.Join(' ', g.Limits.Penalties.Exempt)}",
        ["rekey"] = g => $"{g.Limits.RekeyBytes} {g.Limits.RekeySeconds}",
        ["algorithms"] = g => string.Join('|', g.Algorithms.Kex, g.Algorithms.HostKeys, g.Algorithms.Ciphers, g.Algorithms.Macs, g.Algorithms.UserKeys, g.Algorithms.PreferGcm, g.Algorithms.Compression),
        ["admin"] = g => g.AdminListen?.ToString() ?? "off",
    };

    [Theory]
    [InlineData("", "listen", "[::]:22 0.0.0.0:22")]
    [InlineData("listen: ['0.0.0.0:2222', '[::]:2222', gateway.example.org]", "listen", "0.0.0.0:2222 [::]:2222 192.0.2.1:22 [2001:db8::1]:22")]
    [InlineData("listen: ['127.0.0.[1-3]:2222']", "listen", "127.0.0.1:2222 127.0.0.2:2222 127.0.0.3:2222")]
    [InlineData("host_keys: [/k1, 'agent:/run/a']", "host_keys", "/k1 agent:/run/a")]
    [InlineData("host_certificates: [/k1-cert.pub]", "host_certificates", "/k1-cert.pub")]
    [InlineData("state_dir: /srv/gw/", "state_dir", "/srv/gw sqlite:/srv/gw/state.db")]
    [InlineData("host_keys: ['{state_dir}/k']\nstate_dir: /srv/gw", "host_keys", "/srv/gw/k")]
    [InlineData("", "run_as", "sshgateway")]
    [InlineData("run_as: gw", "run_as", "gw")]
    [InlineData("banner: hello", "banner", "hello")]
    [InlineData("banner: file:/etc/banner", "banner", "from a file")]
    [InlineData("proxy_protocol: [10.0.0.0/8, 192.0.2.7, '2001:db8::/32']", "proxy", "10.0.0.0/8 192.0.2.7/32 2001:db8::/32")]
    [InlineData("state: {database: env:DATABASE}", "database", "postgresql://gw:secret@db/gw")]
    [InlineData("state: {database: 'Host=db;Database=gw'}", "database", "Host=db;Database=gw")]
    [InlineData("state: {database: 'sqlite:{state_dir}/x.db'}", "database", "sqlite:/var/lib/sshgateway/x.db")]
    [InlineData("", "state", "False 5 15 500")]
    [InlineData("state: {mandatory: true, keyttl: 10, lease: 30s}", "state", "True 10 30 500")]
    [InlineData("state: {timeout: 2s}", "state", "False 5 15 2000")]
    [InlineData("auth: {mfa_grace: 8h}", "mfa", 8.0)]
    [InlineData("", "mfa", 0.0)]
    [InlineData("admin: {group: sshadmins}", "admin group", "sshadmins")]
    [InlineData("state: {mandatory: true, keyttl: 10}", "route state", "True 10")]
    [InlineData("etcd: {mandatory: true, keyttl: 7}", "state", "True 7 15 500")]
    [InlineData("etcd: {mandatory: true, keyttl: 7}\nstate: {mandatory: false}", "route state", "False 7")]
    [InlineData("", "methods", "publickey keyboard-interactive password")]
    [InlineData("auth: {methods: [publickey+keyboard-interactive, password]}", "methods", "publickey+keyboard-interactive password")]
    [InlineData("auth: {authorized_keys: ['/keys/{user}']}", "authorized_keys", "/keys/{user}")]
    [InlineData("auth: {authorized_keys_command: /bin/k %u, authorized_principals_command: /bin/p, trusted_user_ca: [/ca], authorized_principals: ['/p/{user}'], revoked_keys: [/krl]}", "auth texts", "/bin/k %u|/bin/p|/ca|/p/{user}|/krl")]
    [InlineData("", "lookup users", "nobody nobody")]
    [InlineData("auth: {authorized_keys_command_user: keys, authorized_principals_command_user: ca}", "lookup users", "keys ca")]
    [InlineData("", "pam", "sshgateway sshd")]
    [InlineData("auth: {pam_service: login}", "pam", "login")]
    [InlineData("", "pam use", "True False /run/sshgateway/authd.sock")]
    [InlineData("auth: {pam_account: false, pam_session: true, helper: /run/authd}", "pam use", "False True /run/authd")]
    [InlineData("", "keytab", "/etc/krb5.keytab")]
    [InlineData("auth: {keytab: '{state_dir}/keytab'}", "keytab", "/var/lib/sshgateway/keytab")]
    [InlineData("auth: {methods: [gssapi-with-mic, publickey]}", "methods", "gssapi-with-mic publickey")]
    [InlineData("", "hostbased", "|/etc/ssh/ssh_known_hosts")]
    [InlineData("auth: {hostbased_machines: /etc/ssh/shosts.equiv, hostbased_known_hosts: [/a, /b]}", "hostbased", "/etc/ssh/shosts.equiv|/a /b")]
    [InlineData("auth: {require_system_user: false}", "require", false)]
    [InlineData("auth: {allow_users: [a, 'b@10.*'], deny_users: [c], allow_groups: [d], deny_groups: [e]}", "who", "a b@10.*|c|d|e")]
    [InlineData("", "root", "WithoutPassword")]
    [InlineData("auth: {allow_root: true}", "root", "Yes")]
    [InlineData("auth: {allow_root: false}", "root", "No")]
    [InlineData("", "startups", "10:30:100")]
    [InlineData("limits: {max_startups: 5:50:60}", "startups", "5:50:60")]
    [InlineData("limits: {max_startups: 20}", "startups", "20:100:20")]
    [InlineData("limits: {per_source: 0, grace: 30s, max_tries: 3, max_requests: 10, max_sessions: 5}", "limits", "0 30 3 10 5")]
    [InlineData("", "limits", "30 120 6 128 1024")]
    [InlineData("", "penalties", "True 5 600 65536 127.0.0.0/8 ::1/128")]
    [InlineData("limits: {penalties: off}", "penalties", "False 5 600 65536 127.0.0.0/8 ::1/128")]
    [InlineData("limits: {penalties: {auth_fail: 1m, max: 1h, max_sources: 10, exempt: [127.0.0.0/8]}}", "penalties", "True 60 3600 10 127.0.0.0/8")]
    [InlineData("", "rekey", "0 3600")]
    [InlineData("limits: {rekey: '64K'}", "rekey", "65536 3600")]
    [InlineData("limits: {rekey: '16 none'}", "rekey", "16 0")]
    [InlineData("limits: {rekey: '1G 600'}", "rekey", "1073741824 600")]
    [InlineData("limits: {rekey: 'default 1w'}", "rekey", "0 604800")]
    [InlineData("", "algorithms", "|||||True|False")]
    [InlineData("algorithms: {kex: +ecdh-sha2-nistp256, host_keys: [ssh-ed25519, rsa-sha2-512], ciphers: ['^aes256-ctr', aes128-ctr], macs: -hmac-sha2-512*, user_keys: 'ssh-ed25519,rsa-sha2-256', prefer_gcm: false, compression: true}", "algorithms", "+ecdh-sha2-nistp256|ssh-ed25519,rsa-sha2-512|^aes256-ctr,aes128-ctr|-hmac-sha2-512*|ssh-ed25519,rsa-sha2-256|False|True")]
    [InlineData("", "admin", "off")]
    [InlineData("admin: {listen: '127.0.0.1:9022'}", "admin", "127.0.0.1:9022")]
    [InlineData("admin: {listen: off}", "admin", "off")]
    [InlineData("admin: {listen: 'unix:{state_dir}/http.sock'}", "admin", "unix:/var/lib/sshgateway/http.sock")]
    [InlineData("", "otlp", "")]
    [InlineData("admin: {otlp: 'http://collector:4317'}", "otlp", "http://collector:4317")]
    public void Key_has_its_value(string text, string key, object expected) => Assert.Equal(expected, Read[key](Loaded.Yaml(text)));

    [Theory]
    [InlineData("listen: [nowhere.invalid]", 9, "cannot be resolved")]
    [InlineData("listen: ['127.0.0.1:x']", 10, "no host or host:port")]
    [InlineData("state_dir: ''", 12, "path of a directory")]
    [InlineData("banner: file:/none", 9, "'/none' cannot be read")]
    [InlineData("proxy_protocol: [10.0.0.0/33]", 18, "a network such as 10.0.0.0/8")]
    [InlineData("state: {database: mysql}", 19, "sqlite:PATH")]
    [InlineData("state: {database: env:NONE}", 19, "'NONE' is not set")]
    [InlineData("state: {lease: 0}", 16, "at least 1s")]
    [InlineData("state: {timeout: 0}", 18, "at least 1ms")]
    [InlineData("auth: {methods: [pubkey]}", 18, "publickey, keyboard-interactive, password, hostbased, gssapi-with-mic, or several joined by +")]
    [InlineData("auth: {methods: [password+password]}", 18, "asked for once")]
    [InlineData("auth: {authorized_keys_command: keys %u}", 33, "whole path")]
    [InlineData("auth: {authorized_keys_command: /bin/keys %s}", 33, "%s is no token here")]
    [InlineData("auth: {authorized_principals_command: /bin/keys 50%}", 39, "% is no token here")]
    [InlineData("auth: {authorized_principals_command: '/bin/keys \"%u'}", 39, "a quote is not closed")]
    [InlineData("auth: {authorized_keys_command_user: ''}", 38, "the name of a user")]
    [InlineData("auth: {allow_root: maybe}", 20, "one of true")]
    [InlineData("limits: {max_startups: 10:30}", 24, "BEGIN:RATE:FULL")]
    [InlineData("limits: {max_startups: 10:130:100}", 24, "BEGIN:RATE:FULL")]
    [InlineData("limits: {max_startups: 10:30:5}", 24, "BEGIN:RATE:FULL")]
    [InlineData("limits: {max_tries: 0}", 21, "a whole number from 1 to 1000")]
    [InlineData("limits: {grace: 0}", 17, "at least 1ms")]
    [InlineData("limits: {penalties: 5}", 21, "off or a map")]
    [InlineData("limits: {penalties: {crsh: 5s}}", 22, "did you mean 'crash'?")]
    [InlineData("limits: {rekey: '15'}", 17, "at least 16 bytes")]
    [InlineData("limits: {rekey: 1G 1h 1}", 17, "\"BYTES SECONDS\"")]
    [InlineData("algorithms: {kex: 'curve25519-sha256,,b'}", 19, "an empty name")]
    [InlineData("algorithms: {kex: ['+ecdh-sha2-nistp256', '+ecdh-sha2-nistp384']}", 43, "'+ecdh-sha2-nistp384' is none of the algorithms of 'kex', did you mean 'ecdh-sha2-nistp384'?")]
    [InlineData("algorithms: {ciphers: aes256-cbc}", 23, "'aes256-cbc' is none of the algorithms of 'ciphers'")]
    [InlineData("algorithms: {macs: '-*'}", 20, "nothing is left of 'macs'")]
    [InlineData("algorithms: {user_keys: ssh-rsa}", 25, "'ssh-rsa' is none")]
    [InlineData("admin: {listen: 9022}", 17, "off, host:port or unix:PATH")]
    [InlineData("admin: {listen: 'unix:http.sock'}", 17, "an absolute path")]
    [InlineData("admin: {otlp: 'collector:4317'}", 15, "the URL of a collector")]
    [InlineData("admin: {otlp: 'http://user:secret@collector'}", 15, "the URL of a collector")]
    [InlineData("lissten: []", 1, "did you mean 'listen'?")]
    [InlineData("[]", 1, "a map of keys is expected, not a list")]
    [InlineData("text", 1, "a map of keys is expected, not 'text'")]
    [InlineData("a: *b", 4, "alias")]
    [InlineData("debug: true\ndebug: false", 1, "'debug' is given twice", 2)]
    [InlineData("a: [", 4, "not valid YAML", 0)]
    [InlineData("a: !!set {b}", 4, "", 0)]
    [InlineData("debug: !custom x", 8, "the tag '!custom' means nothing here")]
    [InlineData("--- {}\n--- {}", 1, "a second YAML document", 2)]
    [InlineData("? [a]\n: b", 3, "a key must be a plain text")]
    public void Bad_value_is_refused_at_its_place(string text, int column, string expected, int line = 1)
    {
        ConfigurationResult result = Loaded.Result(text);
        Assert.Null(result.Configuration);
        ConfigurationError error = result.Errors[0];
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0 && error.Column > 0);
        if (line > 0) Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void Key_files_are_looked_at_when_that_is_asked_for()
    {
        const string Text = "host_keys: [/a, 'agent:/b']\nhost_certificates: [/c]\nauth: {trusted_user_ca: [/d], revoked_keys: [/e]}\ndestination: {keys: [/f], ca_key: /g, user_keys: ['{home}/h']}\n";
        List<string> asked = [];
        LoadServices services = Loaded.Services with
        {
            FileProblem = path =>
            {
                asked.Add(path);
                return path == "/f" ? "cannot be read" : null;
            },
        };
        ConfigurationResult result = ConfigurationLoader.LoadText(Text, "test.yaml", services);
        Assert.Equal(["/a", "/c", "/d", "/e", "/f", "/g"], asked.Order(StringComparer.Ordinal));
        ConfigurationError error = Assert.Single(result.Errors);
        Assert.Equal((4, 22, "the file '/f' cannot be read"), (error.Line, error.Column, error.Message));
        Assert.NotNull(Loaded.Result(Text).Configuration);
    }

    [Fact]
    public void A_secret_is_not_repeated_in_an_error()
    {
        ConfigurationError error = Loaded.OnlyError("state: {database: 'hunter2'}");
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_loopback_and_own_addresses_are_listened_on_when_derived()
    {
        GatewayConfiguration configuration = Loaded.Yaml("overrides: [{match: [{sources: [192.0.2.1, '192.0.2.9', '127.0.0.5:2200', nowhere.invalid]}]}]");
        Assert.Equal("127.0.0.5:2200 192.0.2.1:22", string.Join(' ', configuration.Listen));
        Assert.Equal("192.0.2.9:22", string.Join(' ', configuration.ForeignSources));
        Assert.Single(Loaded.Result("overrides: [{match: [{sources: [nowhere.invalid]}]}]").Warnings);
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_refused_with_its_line()
    {
        ConfigurationResult result = ConfigurationLoader.LoadBytes([.. "debug: true\nlog: "u8, 0xff, (byte)'\n'], "test.yaml", Loaded.Services);
        Assert.Equal("test.yaml:2:1: is not UTF-8", Assert.Single(result.Errors).ToString());
    }

    [Fact]
    public void Toml_errors_have_their_place()
    {
        Assert.Equal("test.toml:3:1: unknown key 'fromat', did you mean 'format'?", Loaded.OnlyError("debug = true\n[recording]\nfromat = \"dump\"\n", "test.toml").ToString());
        Assert.Equal("test.toml:2:8: a value is expected, not 'yes' (a text needs quotes)", Loaded.OnlyError("\ndebug= yes", "test.toml").ToString());
        Assert.Equal("test.toml:1:11: a text is expected, not '12'", Loaded.OnlyError("service = 12", "test.toml").ToString());
        Assert.True(Loaded.Good(Loaded.Result("debug = true", "test.TOML")).Debug);
    }
}
