using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.Tests.State;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>
/// The way of a new operator, with the commands of the documents: install, migrate a file of sshproxy, log in, disable a host, look at it
/// with psql, ctl and the metrics, replay a session, uninstall.
/// </summary>
public sealed class OperatorTests(TestBed bed) : IClassFixture<TestBed>, IAsyncLifetime, IDisposable
{
    private readonly PostgresCluster _postgres = new();
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder["root"];

    public Task InitializeAsync() => TestBed.DirectOnly ? Task.CompletedTask : _postgres.InitializeAsync();

    public Task DisposeAsync() => TestBed.DirectOnly ? Task.CompletedTask : _postgres.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("psql", "ssh")]
    public async Task From_installing_to_uninstalling()
    {
        await Repository.BuildAsync();
        (await InstalledFixture.InstallAsync(Root, "--compat")).Succeeded();

        // Two destinations; sshproxy's file of version 1 names them.
        OpenSshServer other = await bed.StartDestinationAsync([]);
        string[] hosts = [$"127.0.0.1:{bed.Destination.Port}", $"127.0.0.1:{other.Port}"];
        string old = _folder.Write("sshproxy.yaml", $"""
            ---
            check_interval: 2m
            dump: "{_folder["recordings"]}/{"{user}"}/{"{time}-{sid}"}.dump"
            routes:
              default:
                dest: ["{hosts[0]}", "{hosts[1]}"]
                route_select: ordered
            """);
        string converted = (await CtlAsync(old, "convert")).Succeeded().OutputText;
        string database = await _postgres.CreateDatabaseAsync();
        int port = LoopbackPort.Free(), metrics = LoopbackPort.Free();
        string configuration = Root + "/etc/sshgateway/sshgateway.yaml";
        string knownHosts = _folder.Write("known_hosts", string.Concat(hosts.Select(host => $"[127.0.0.1]:{host.Split(':')[1]} {bed.DestinationHostKeys[0].PublicText}\n")));
        await File.WriteAllTextAsync(configuration, converted + $$"""

            listen: ["127.0.0.1:{{port}}"]
            state_dir: {{Root}}/var/lib/sshgateway
            run_as: {{Environment.UserName}}
            state: {database: "{{_postgres.ConnectionString(database)}}", timeout: 20s}
            admin: {listen: "127.0.0.1:{{metrics}}"}
            auth: {authorized_keys: ["{{bed.UserKey.PublicFile}}"], methods: [publickey], pam_account: false}
            destination: {user: {{Environment.UserName}}, auth: [key], keys: ["{{bed.GatewayKey.PrivateFile}}"], known_hosts: ["{{knownHosts}}"]}

            """);
        (await RunAsync("sshgateway", "check", "-c", configuration)).Succeeded();
        Assert.Equal(1, (await RunAsync("sshgateway", "health", "-c", configuration)).ExitStatus);

        ServerProcess gateway = await ServerProcess.StartAsync(Root + "/usr/bin/sshgateway", ["serve", "-c", configuration], port);
        await using (gateway)
        {
            (await RunAsync("sshgateway", "health", "-c", configuration)).Succeeded();
            Assert.Contains("first start: ", gateway.LogText, StringComparison.Ordinal);
            Assert.Equal($"{bed.Destination.Port}\n", await LoginAsync(port));

            await WaitForSessionsAsync(configuration);
            (await CtlAsync(configuration, "disable", "-host", "127.0.0.1", "-port", $"{bed.Destination.Port}")).Succeeded();
            Assert.Equal($"{other.Port}\n", await LoginAsync(port));
            Assert.Contains($"{hosts[0]},disabled,", (await CtlAsync(configuration, "show", "-csv", "hosts")).Succeeded().OutputText, StringComparison.Ordinal);
            Assert.Contains($"{hosts[0]},disabled,", (await RunAsync("sshproxyctl", "-c", configuration, "show", "-csv", "hosts")).Succeeded().OutputText, StringComparison.Ordinal);
            ProcessResult rows = await ChildProcess.RunAsync("psql", ["-At", _postgres.ConnectionString(database).Replace(';', ' ').Replace("Host=", "host=", StringComparison.Ordinal).Replace("Username=", "user=", StringComparison.Ordinal).Replace("Database=", "dbname=", StringComparison.Ordinal), "-c", "SELECT host, state FROM sshgateway.hosts"]);
            Assert.Contains($"{hosts[0]}|disabled\n", rows.Succeeded().OutputText, StringComparison.Ordinal);
            using var http = new HttpClient();
            string text = "";
            await Eventually.BecomesTrueAsync(
                async () => (text = await http.GetStringAsync($"http://127.0.0.1:{metrics}/metrics")).Split('\n').Any(line => line.Contains("state=\"disabled\"", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal)),
                "the metrics count one disabled host");

            string dump = Assert.Single(Directory.EnumerateFiles(_folder["recordings"], "*.dump", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains($"{other.Port}\n", StringComparison.Ordinal));
            Assert.Contains($"{other.Port}", (await RunAsync("sshgateway-replay", "-export", "text", dump)).Succeeded().OutputText, StringComparison.Ordinal);
            gateway.Signal(NativeMethods.SignalTerminate);
            Assert.Equal(0, await gateway.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        }

        (await InstalledFixture.InstallAsync(Root, "--uninstall", "--purge")).Succeeded();
        Assert.Equal([], InstalledFixture.Tree(Root).Where(path => path.Contains("sshgateway", StringComparison.Ordinal)));
    }

    /// <summary>Logs in with the stock client, which believes the key that the first start made; says which destination it reached.</summary>
    private async Task<string> LoginAsync(int port)
    {
        string key = (await File.ReadAllTextAsync(Root + "/var/lib/sshgateway/ssh_host_ed25519_key.pub")).Trim();
        string known = _folder.Write("users_known_hosts", $"[127.0.0.1]:{port} {key}\n");
        ProcessResult session = await ChildProcess.RunAsync(
            "ssh",
            [
                "-F", "/dev/null", "-p", $"{port}", "-i", bed.UserKey.PrivateFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
                "-o", "UserKnownHostsFile=" + known, $"{Environment.UserName}@127.0.0.1", "set -- $SSH_CONNECTION; echo $4",
            ]);
        return session.Succeeded().OutputText;
    }

    /// <summary>Until the first login's connection has ended and no longer holds its user to the host.</summary>
    private Task WaitForSessionsAsync(string configuration) => Eventually.BecomesTrueAsync(
        async () => (await CtlAsync(configuration, "show", "-csv", "sessions")).Succeeded().Output.Length == 0, "the session has ended");

    private Task<ProcessResult> CtlAsync(string configuration, params string[] arguments) => RunAsync("sshgatewayctl", ["-c", configuration, .. arguments]);

    private Task<ProcessResult> RunAsync(string command, params string[] arguments) => ChildProcess.RunAsync($"{Root}/usr/bin/{command}", arguments);
}
