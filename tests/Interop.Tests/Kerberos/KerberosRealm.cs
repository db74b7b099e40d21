using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>A Kerberos realm of the tests' own: database, KDC on a loopback port, and a krb5.conf that knows nothing else.</summary>
internal sealed class KerberosRealm : IAsyncDisposable
{
    public const string Name = "GATEWAY.TEST";

    private readonly TemporaryFolder _folder;
    private readonly Dictionary<string, string> _environment;
    private ChildProcess? _kdc;

    private KerberosRealm(TemporaryFolder folder)
    {
        _folder = folder;
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KRB5_CONFIG"] = folder["krb5/krb5.conf"],
            ["KRB5_KDC_PROFILE"] = folder["krb5/kdc.conf"],
        };
    }

    /// <summary>What each program of the realm needs in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing =>
        File.Exists("/usr/sbin/krb5kdc") && File.Exists("/usr/sbin/kadmin.local") && File.Exists("/usr/bin/kinit") ? null : "needs krb5-kdc, krb5-admin-server and krb5-user";

    public static async Task<KerberosRealm> StartAsync(TemporaryFolder folder)
    {
        var realm = new KerberosRealm(folder);
        int port = LoopbackPort.Free();
        realm.WriteFiles(port);
        await realm.RunAsync("/usr/sbin/kdb5_util", "-r", Name, "create", "-s", "-W", "-P", "master");
        realm._kdc = ChildProcess.Start("/usr/sbin/krb5kdc", ["-n", "-r", Name], realm._environment);
        await realm.AddUserAsync("probe");
        await Eventually.BecomesTrueAsync(async () => (await realm.LoginAsync("probe", "FILE:" + folder["krb5/probe"])).ExitStatus == 0, "the KDC answers");
        return realm;
    }

    /// <summary>A user whose password is his name.</summary>
    public Task AddUserAsync(string name) => AdministerAsync($"addprinc -pw {name} {name}");

    /// <summary>A service, with its key in a keytab.</summary>
    public async Task<string> AddServiceAsync(string principal, string keytab)
    {
        await AdministerAsync($"addprinc -randkey {principal}");
        await AdministerAsync($"ktadd -k {_folder[keytab]} {principal}");
        return _folder[keytab];
    }

    /// <summary>Logs a user in; returns what his programs need in their environment.</summary>
    public async Task<IReadOnlyDictionary<string, string>> TicketsAsync(string user)
    {
        string cache = "FILE:" + _folder[$"krb5/cc-{user}-{Guid.NewGuid():N}"];
        (await LoginAsync(user, cache)).Succeeded();
        return new Dictionary<string, string>(_environment, StringComparer.Ordinal) { ["KRB5CCNAME"] = cache };
    }

    public ValueTask DisposeAsync() => _kdc?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task<ProcessResult> LoginAsync(string user, string cache) =>
        ChildProcess.RunAsync("kinit", ["-f", "-c", cache, $"{user}@{Name}"], System.Text.Encoding.UTF8.GetBytes(user + "\n"), _environment);

    private Task AdministerAsync(string query) => RunAsync("/usr/sbin/kadmin.local", "-r", Name, "-q", query);

    private async Task RunAsync(string program, params string[] arguments) => (await ChildProcess.RunAsync(program, arguments, environment: _environment)).Succeeded();

    private void WriteFiles(int port)
    {
        _folder.Write(
            "krb5/krb5.conf",
            $$"""
            [libdefaults]
              default_realm = {{Name}}
              dns_lookup_kdc = false
              dns_lookup_realm = false
              dns_canonicalize_hostname = false
              rdns = false
              qualify_shortname = ""
              udp_preference_limit = 1
              forwardable = true
              default_keytab_name = FILE:{{_folder["krb5/destination.keytab"]}}
            [realms]
              {{Name}} = {
                kdc = 127.0.0.1:{{port}}
              }
            [domain_realm]
              localhost = {{Name}}
              127.0.0.1 = {{Name}}

            """);
        _folder.Write(
            "krb5/kdc.conf",
            $$"""
            [kdcdefaults]
              kdc_listen = 127.0.0.1:{{port}}
              kdc_tcp_listen = 127.0.0.1:{{port}}
            [realms]
              {{Name}} = {
                database_name = {{_folder["krb5/principal"]}}
                key_stash_file = {{_folder["krb5/stash"]}}
                acl_file = {{_folder["krb5/acl"]}}
                max_life = 1h
                default_principal_flags = +forwardable
              }
            [logging]
              kdc = FILE:{{_folder["krb5/kdc.log"]}}

            """);
    }
}
