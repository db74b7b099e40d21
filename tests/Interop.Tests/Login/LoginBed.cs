using System.Globalization;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>
/// Gateways that were started as root and became another user, on a machine with accounts, passwords and PAM services of the tests' own, in
/// front of a real sshd. Nothing starts where the tests may not do that.
/// </summary>
public sealed class LoginBed : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _owned = [];
    private readonly Dictionary<string, Task<LoginGateway>> _byService = new(StringComparer.Ordinal);
    private int _gateways;

    internal TemporaryFolder Folder { get; } = new();

    internal PrivateAccounts Accounts { get; private set; } = null!;

    internal OpenSshServer Destination { get; private set; } = null!;

    /// <summary>A key of alice's, listed in her home folder.</summary>
    internal KeyPair AliceKey { get; private set; } = null!;

    /// <summary>The destination's authorized_keys.</summary>
    internal string ListedAtDestination { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (!RootFactAttribute.IsRoot) return;
        Accounts = new PrivateAccounts();
        AliceKey = await KeyPair.GenerateAsync(Folder, "keys/alice");
        ListKey("alice", PrivateAccounts.AliceId, AliceKey.PublicText);
        KeyPair hostKey = await KeyPair.GenerateAsync(Folder, "keys/destination");
        KeyPair gatewayKey = await KeyPair.GenerateAsync(Folder, "keys/gateway");
        ListedAtDestination = Folder.Write("keys/authorized", gatewayKey.PublicText + "\n", secret: true);
        Destination = Own(await OpenSshServer.StartAsync(Folder, [hostKey], ListedAtDestination));
        Accounts.Write("gateway_key", await File.ReadAllTextAsync(gatewayKey.PrivateFile), "600");
        Accounts.Write("known_hosts", $"[127.0.0.1]:{Destination.Port} {hostKey.PublicText}\n");
    }

    public async Task DisposeAsync()
    {
        foreach (IAsyncDisposable owned in Enumerable.Reverse(_owned)) await owned.DisposeAsync();
        Accounts?.Dispose();
        Folder.Dispose();
    }

    /// <summary>What alice's authorized_keys says.</summary>
    internal void ListKey(string user, int uid, string line) => Accounts.WriteHome(user, uid, ".ssh/authorized_keys", line + "\n");

    /// <param name="auth">Lines of the section auth.</param>
    /// <param name="more">Lines at the top level.</param>
    /// <param name="credentials">What the destination is shown, in this order.</param>
    internal string Configuration(int port, string auth, string more = "", string credentials = "key") => $$"""
        listen: ["127.0.0.1:{{port}}"]
        dest: ["127.0.0.1:{{Destination.Port}}"]
        run_as: sshgw
        state_dir: {{Accounts.At($"state-{port}")}}
        state: {timeout: 20s}
        log: ""
        debug: true
        {{(more.Contains("limits:", StringComparison.Ordinal) ? "" : "limits: {penalties: off, per_source: 0, max_startups: \"200:30:300\"}")}}
        auth:
          {{string.Join("\n  ", auth.Split('\n', StringSplitOptions.RemoveEmptyEntries))}}
        destination:
          user: root
          auth: [{{credentials}}]
          keys: ["{{Accounts.At("gateway_key")}}"]
          known_hosts: ["{{Accounts.At("known_hosts")}}"]
          connect_timeout: 10s
        {{more}}
        """;

    /// <summary>Starts a gateway as root, where the accounts hold. It belongs to the caller.</summary>
    /// <param name="auth">Lines of the section auth.</param>
    /// <param name="more">Lines at the top level.</param>
    /// <param name="credentials">What the destination is shown, in this order.</param>
    internal Task<LoginGateway> StartAsync(string auth, string more = "", string credentials = "key")
    {
        int port = LoopbackPort.Free();
        string config = Accounts.Write(string.Create(CultureInfo.InvariantCulture, $"etc/gateway-{Interlocked.Increment(ref _gateways)}.yaml"), Configuration(port, auth, more, credentials), "644");
        return LoginGateway.StartAsync(this, config, port);
    }

    /// <summary>Starts a gateway with a file of the documentation: only the user it becomes, the port and the destination are the tests'.</summary>
    internal Task<LoginGateway> StartAsPrintedAsync(string yaml)
    {
        int port = LoopbackPort.Free();
        string text = yaml.Replace("run_as: sshgateway\n", "run_as: sshgw\n", StringComparison.Ordinal).Replace("node1.example.org:22", $"127.0.0.1:{Destination.Port}", StringComparison.Ordinal)
            + $$"""
            listen: ["127.0.0.1:{{port}}"]
            state_dir: {{Accounts.At($"state-{port}")}}
            state: {timeout: 20s}
            limits: {penalties: off}
            destination: {user: root, auth: [key], keys: ["{{Accounts.At("gateway_key")}}"], known_hosts: ["{{Accounts.At("known_hosts")}}"], connect_timeout: 10s}

            """;
        return LoginGateway.StartAsync(this, Accounts.Write("etc/sshgateway/sshgateway.yaml", text), port);
    }

    /// <summary>The gateway whose PAM service this is; started once and shared by the tests.</summary>
    internal Task<LoginGateway> ForServiceAsync(string service)
    {
        lock (_byService)
        {
            if (!_byService.TryGetValue(service, out Task<LoginGateway>? gateway)) _byService[service] = gateway = StartSharedAsync($"pam_service: {service}\npam_session: {(service.Contains("session", StringComparison.Ordinal) ? "true" : "false")}");
            return gateway;
        }
    }

    private async Task<LoginGateway> StartSharedAsync(string auth) => Own(await StartAsync(auth));

    internal T Own<T>(T disposable)
        where T : IAsyncDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }
}

[CollectionDefinition(Name)]
public sealed class LoginCollection : ICollectionFixture<LoginBed>
{
    public const string Name = "logins";
}
