namespace SshGateway.Interop.Tests.Harness;

/// <summary>
/// A private dropbear on a loopback port. It knows no other place for keys than the home folder,
/// so the wrapper library of the Samba project shows it a user entry with a home folder of ours.
/// </summary>
internal sealed class DropbearServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private DropbearServer(ServerProcess process, string hostKey)
    {
        _process = process;
        HostKey = hostKey;
    }

    public int Port => _process.Port;

    /// <summary>Type and blob of the host key, as in known_hosts.</summary>
    public string HostKey { get; }

    public string LogText => _process.LogText;

    public static async Task<DropbearServer> StartAsync(TemporaryFolder folder, params IEnumerable<KeyPair> authorized)
    {
        string home = folder.NewFolder("dropbear");
        string hostKeyFile = Path.Combine(home, "host_key");
        (await ChildProcess.RunAsync("dropbearkey", ["-t", "ed25519", "-f", hostKeyFile])).Succeeded();
        ProcessResult shown = (await ChildProcess.RunAsync("dropbearkey", ["-y", "-f", hostKeyFile])).Succeeded();
        string hostKey = shown.OutputText.Split('\n').First(line => line.StartsWith("ssh-ed25519 ", StringComparison.Ordinal));

        string name = Path.GetFileName(home);
        folder.Write($"{name}/.ssh/authorized_keys", string.Concat(authorized.Select(key => key.PublicText + "\n")), secret: true);
        File.SetUnixFileMode(Path.Combine(home, ".ssh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] account = (await ChildProcess.RunAsync("getent", ["passwd", Environment.UserName])).Succeeded().OutputText.Trim().Split(':');
        account[5] = home;
        string accounts = folder.Write($"{name}/passwd", string.Join(':', account) + "\n");
        string groups = folder.Write($"{name}/group", $"group:x:{account[3]}:\n");

        int port = LoopbackPort.Free();
        ServerProcess process = await ServerProcess.StartAsync(
            "/usr/sbin/dropbear",
            ["-F", "-E", "-s", "-p", $"127.0.0.1:{port}", "-r", hostKeyFile, "-P", Path.Combine(home, "pid")],
            port,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["LD_PRELOAD"] = "libnss_wrapper.so",
                ["NSS_WRAPPER_PASSWD"] = accounts,
                ["NSS_WRAPPER_GROUP"] = groups,
            });
        return new DropbearServer(process, string.Join(' ', hostKey.Split(' ')[..2]));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
