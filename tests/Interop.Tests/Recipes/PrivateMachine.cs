using System.Globalization;
using System.Runtime.InteropServices;
using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Recipes;

/// <summary>
/// Machines with an /etc that is not this one's: a copy that takes its place for processes in a mount namespace of their own, each under its own host name. It knows the users alice and
/// sshgateway, and the names login1 (127.0.0.1), gateway (127.0.0.2) and node1 (127.0.0.3) of example.org.
/// </summary>
internal sealed partial class PrivateMachine : IAsyncDisposable
{
    public const string Password = "Pferd-ß-Батарея";
    public const string GatewayAddress = "127.0.0.2";
    private const string NodeAddress = "127.0.0.3";
    private const int AliceId = 64101;
    private const int GatewayId = 64110;

    private readonly TemporaryFolder _folder;
    private readonly List<IAsyncDisposable> _owned = [];

    private PrivateMachine(TemporaryFolder folder) => _folder = folder;

    public int GatewayPort { get; } = LoopbackPort.Free();

    public int NodePort { get; } = LoopbackPort.Free();

    /// <summary>Variables of every process.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public ServerProcess Gateway { get; private set; } = null!;

    public ServerProcess Node { get; private set; } = null!;

    public string Home => _folder["home/alice"];

    public static async Task<PrivateMachine> CreateAsync(TemporaryFolder folder)
    {
        var machine = new PrivateMachine(folder);
        await RunAsync("chmod", "711", folder.Path);
        await RunAsync("cp", "-a", "/etc", folder["etc"]);
        machine.WriteAccounts();
        machine.Write("/etc/hosts", $"127.0.0.1 login1.example.org login1 localhost\n{GatewayAddress} gateway.example.org gateway\n{NodeAddress} node1.example.org node1\n");
        machine.Write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n");
        machine.Write("/etc/pam.d/sshgateway", "auth required pam_unix.so nodelay\naccount required pam_unix.so\npassword required pam_unix.so\n");
        machine.Write("/etc/ssh/ssh_config", "");
        machine.Write("/etc/ssh/ssh_known_hosts", "");
        Directory.CreateDirectory(folder["etc/sshgateway"]);
        foreach (string name in new[] { "etc/ssh/ssh_host_ed25519_key", "etc/sshgateway/ssh_host_ed25519_key", "node/ssh_host_ed25519_key" })
        {
            foreach (string old in Directory.Exists(folder[Path.GetDirectoryName(name)!]) ? Directory.GetFiles(folder[Path.GetDirectoryName(name)!], "ssh_host_*") : []) File.Delete(old);
            await KeyPair.GenerateAsync(folder, name);
        }

        machine.AddKnownHosts();
        await machine.AddHomeAsync();
        return machine;
    }

    /// <summary>A file of the private /etc.</summary>
    public string Write(string path, string text, string mode = "644")
    {
        string file = _folder.Write(path.TrimStart('/'), text);
        File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32(mode, 8));
        return file;
    }

    /// <summary>Where a file of the private /etc lies.</summary>
    public string At(string path) => _folder[path.TrimStart('/')];

    /// <summary>Starts sshd as node1 with this configuration, and what a private one needs.</summary>
    public async Task StartNodeAsync(string configuration)
    {
        Directory.CreateDirectory("/run/sshd", (UnixFileMode)0b111_101_101);
        Write("/etc/ssh/sshd_config", $"{configuration}\nListenAddress {NodeAddress}:{NodePort}\nHostKey {_folder["node/ssh_host_ed25519_key"]}\nPidFile none\nUsePAM no\nPrintMotd no\nPrintLastLog no\nLogLevel VERBOSE\n");
        Node = Own(await StartAsync("node1", NodePort, "Server listening on", "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config"));
    }

    /// <summary>Starts the gateway with this configuration, and what a private one needs.</summary>
    public async Task StartGatewayAsync(string configuration)
    {
        Write(
            "/etc/sshgateway/sshgateway.yaml",
            configuration.Replace("node1.example.org:22\"", $"node1.example.org:{NodePort}\"", StringComparison.Ordinal)
                + (configuration.Contains("host_keys:", StringComparison.Ordinal) ? "" : "host_keys: [/etc/sshgateway/ssh_host_ed25519_key]\n")
                + $"listen: [\"{GatewayAddress}:{GatewayPort}\"]\nstate_dir: {_folder["state"]}\n");
        (string program, string[] arguments) = GatewayProcess.Program();
        Gateway = Own(await StartAsync("gateway", GatewayPort, " started with ", program, [.. arguments, "serve", "-c", "/etc/sshgateway/sshgateway.yaml"]));
    }

    /// <summary>Runs a program here, as root.</summary>
    public Task<ProcessResult> RunHereAsync(string program, params IEnumerable<string> arguments) =>
        ChildProcess.RunAsync("unshare", Inside("gateway", program, arguments), environment: Environment);

    /// <summary>alice runs <c>ssh … gateway COMMAND</c> on login1.</summary>
    public Task<ProcessResult> SshAsync(IEnumerable<string> options, string command, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.RunAsync("unshare", Inside("login1", "setpriv", [.. AsAlice, "ssh", .. SshOptions, .. options, "gateway.example.org", command]), environment: Merge(environment));

    /// <summary>The same, which the caller ends.</summary>
    public ChildProcess StartSsh(IEnumerable<string> options, string command, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.Start("unshare", Inside("login1", "setpriv", [.. AsAlice, "ssh", .. SshOptions, .. options, "gateway.example.org", command]), Merge(environment));

    /// <summary>A file in alice's home.</summary>
    public async Task WriteHomeAsync(string name, string text) => await GiveAsync(_folder.Write("home/alice/" + name, text, secret: true));

    public async Task GiveAsync(string file) => await RunAsync("chown", $"{AliceId}:{AliceId}", file);

    public T Own<T>(T disposable)
        where T : IAsyncDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable owned in Enumerable.Reverse(_owned)) await owned.DisposeAsync();
    }

    private static string[] AsAlice => ["--reuid", $"{AliceId}", "--regid", $"{AliceId}", "--clear-groups"];

    private string[] SshOptions =>
    [
        "-p", GatewayPort.ToString(CultureInfo.InvariantCulture), "-o", "User=alice", "-o", "StrictHostKeyChecking=yes", "-o", "HostKeyAlias=gateway.example.org",
        "-o", "UpdateHostKeys=no", "-o", "KexAlgorithms=curve25519-sha256",
    ];

    private Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? more)
    {
        var all = new Dictionary<string, string>(Environment, StringComparer.Ordinal) { ["HOME"] = Home, ["USER"] = "alice" };
        foreach ((string name, string value) in more ?? new Dictionary<string, string>(StringComparer.Ordinal)) all[name] = value;
        return all;
    }

    private Task<ServerProcess> StartAsync(string host, int port, string readyLine, string program, params IEnumerable<string> arguments) =>
        ServerProcess.StartAsync("unshare", Inside(host, program, arguments), port, Environment, readyLine);

    private string[] Inside(string host, string program, IEnumerable<string> arguments) =>
        ["-m", "-u", "--propagation", "private", "sh", "-ec", $"hostname {host}.example.org; mount --bind '{_folder["etc"]}' /etc; exec \"$@\"", "sh", program, .. arguments];

    private void AddKnownHosts()
    {
        string gateway = PublicText("etc/sshgateway/ssh_host_ed25519_key"), node = PublicText("node/ssh_host_ed25519_key"), login = PublicText("etc/ssh/ssh_host_ed25519_key");
        Write("/etc/ssh/ssh_known_hosts", $"login1.example.org {login}\ngateway.example.org {gateway}\nnode1.example.org {node}\n[node1.example.org]:{NodePort} {node}\n");
    }

    private string PublicText(string name) => new KeyPair(_folder[name]).PublicText;

    private async Task AddHomeAsync()
    {
        KeyPair key = await KeyPair.GenerateAsync(_folder, "home/alice/.ssh/id_ed25519");
        _folder.Write("home/alice/.ssh/authorized_keys", key.PublicText + "\n", secret: true);
        await RunAsync("chown", "-R", $"{AliceId}:{AliceId}", Home);
        await RunAsync("chmod", "700", Home, _folder["home/alice/.ssh"]);
        await RunAsync("chmod", "711", _folder["home"]);
    }

    private void WriteAccounts()
    {
        string hash = Marshal.PtrToStringAnsi(crypt(Password, "$6$rounds=1000$sshgateway$"))!;
        int today = (int)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays;
        Change("etc/passwd", $"alice:x:{AliceId}:{AliceId}::{Home}:/bin/sh\nsshgateway:x:{GatewayId}:{GatewayId}::/:/usr/sbin/nologin\n");
        Change("etc/shadow", $"alice:{hash}:{today}:0:99999:7:::\nsshgateway:*:{today}:0:99999:7:::\n");
        Change("etc/group", $"alice:x:{AliceId}:\nsshgateway:x:{GatewayId}:\n");
    }

    private void Change(string name, string added)
    {
        IEnumerable<string> kept = File.ReadLines(_folder[name]).Where(line => !line.StartsWith("alice:", StringComparison.Ordinal) && !line.StartsWith("sshgateway:", StringComparison.Ordinal));
        File.WriteAllText(_folder[name], string.Join('\n', kept) + "\n" + added);
    }

    private static async Task RunAsync(string program, params string[] arguments) => (await ChildProcess.RunAsync(program, arguments)).Succeeded();

    [LibraryImport("libcrypt.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint crypt(string password, string setting);
}
