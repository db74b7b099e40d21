namespace SshGateway.Interop.Tests.Harness;

/// <summary>A private sshd on a loopback port: own keys, everything permitted, only this user's key accepted.</summary>
internal sealed class OpenSshServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private OpenSshServer(ServerProcess process, IReadOnlyList<KeyPair> hostKeys)
    {
        _process = process;
        HostKeys = hostKeys;
    }

    public int Port => _process.Port;

    public int ProcessId => _process.Id;

    public IReadOnlyList<KeyPair> HostKeys { get; }

    public IReadOnlyCollection<string> Log => _process.Log;

    public string LogText => _process.LogText;

    /// <summary>Starts one; <paramref name="extraLines"/> come first, and in sshd_config the first value of a keyword counts.</summary>
    public static async Task<OpenSshServer> StartAsync(
        TemporaryFolder folder, IReadOnlyList<KeyPair> hostKeys, string authorizedKeys, IEnumerable<string>? extraLines = null, int? port = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        int chosen = port ?? LoopbackPort.Free();
        if (Environment.IsPrivilegedProcess)
        {
            // The empty folder that sshd's unprivileged half is locked into.
            Directory.CreateDirectory("/run/sshd", (UnixFileMode)0b111_101_101);
        }

        string state = folder.NewFolder("sshd");
        string home = Directory.CreateDirectory(Path.Combine(state, "home")).FullName;
        string[] lines =
        [
            .. extraLines ?? [],
            $"ListenAddress 127.0.0.1:{chosen}",
            $"PidFile {state}/pid",
            .. hostKeys.Select(key => $"HostKey {key.PrivateFile}"),
            $"AuthorizedKeysFile {authorizedKeys}",
            "AuthenticationMethods publickey",
            "PermitRootLogin yes",
            "StrictModes no",
            "UsePAM no",
            "PrintMotd no",
            "PrintLastLog no",
            "AcceptEnv *",
            "PermitUserEnvironment no",
            "PermitUserRC yes",
            "PermitTTY yes",
            "AllowAgentForwarding yes",
            "AllowTcpForwarding yes",
            "AllowStreamLocalForwarding yes",
            "StreamLocalBindUnlink yes",
            "GatewayPorts clientspecified",
            "X11Forwarding yes",
            "X11UseLocalhost yes",
            // An empty home: no start-up file of this machine's user slows or changes a session, no cookie is left there.
            $"SetEnv HOME={home} XAUTHORITY={state}/xauthority",
            "MaxSessions 200",
            "MaxStartups 200",
            "UseDNS no",
            // No debug level: the forked session prints its messages to the standard error of the command.
            "LogLevel VERBOSE",
            "Subsystem sftp internal-sftp",
            "Subsystem reverse /usr/bin/rev",
        ];
        string config = folder.Write(Path.Combine(Path.GetFileName(state), "sshd_config"), string.Join('\n', lines) + "\n");
        ServerProcess process = await ServerProcess.StartAsync("/usr/sbin/sshd", ["-D", "-e", "-f", config], chosen, environment);
        return new OpenSshServer(process, hostKeys);
    }

    public Task<string> WaitForLogAsync(string text, int from = 0) => _process.WaitForLogAsync(text, from);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
