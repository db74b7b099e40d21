using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>A gateway that was started as root, with accounts of its own: what it may still do, and what others may do to it.</summary>
public sealed class DroppedGatewayTests : IAsyncLifetime, IDisposable
{
    private readonly ConcurrentQueue<string> _log = new();
    private PrivateAccounts? _accounts;
    private Process? _gateway;
    private int _port;

    public async Task InitializeAsync()
    {
        if (!RootFactAttribute.IsRoot) return;
        _accounts = new PrivateAccounts();
        string key = _accounts.At("alice_key");
        PrivateAccounts.Run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
        _accounts.WriteHome("alice", PrivateAccounts.AliceId, ".ssh/authorized_keys", await File.ReadAllTextAsync(key + ".pub"));
        _port = FreePort();
        string config = _accounts.Write("etc/sshgateway.yaml", $$"""
            listen: ["127.0.0.1:{{_port}}", "127.77.0.1:1000"]
            dest: ["127.0.0.1:1"]
            run_as: sshgw
            state_dir: {{_accounts.At("state")}}
            log: ""
            auth: {pam_service: unix}
            """, "600");
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ProcessStartInfo start = new("unshare", _accounts.Inside("dotnet", Path.Combine(AppContext.BaseDirectory, "sshgateway.dll"), "serve", "-c", config))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _gateway = Process.Start(start)!;
        void Add(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is null) listening.TrySetException(new InvalidOperationException("the gateway ended: " + string.Join('\n', _log)));
            else _log.Enqueue(line.Data);
            if (line.Data?.Contains(" started with ", StringComparison.Ordinal) == true) listening.TrySetResult();
        }

        _gateway.OutputDataReceived += Add;
        _gateway.ErrorDataReceived += Add;
        _gateway.BeginOutputReadLine();
        _gateway.BeginErrorReadLine();
        await listening.Task.WaitAsync(AuthdFixture.Patience);
    }

    public async Task DisposeAsync()
    {
        if (_gateway is not null)
        {
            SshGateway.Server.Privileged.SystemCalls.kill(_gateway.Id, SshGateway.Server.Privileged.SystemCalls.SignalTerminate);
            using var patience = new CancellationTokenSource(AuthdFixture.Patience);
            await _gateway.WaitForExitAsync(patience.Token);
        }
    }

    public void Dispose()
    {
        _gateway?.Dispose();
        _accounts?.Dispose();
    }

    [RootFact]
    public async Task It_is_another_user_in_every_thread_and_can_only_bind_ports()
    {
        await ConnectAsync("127.77.0.1", 1000);
        int binders = 0;
        foreach (string thread in Directory.GetDirectories($"/proc/{_gateway!.Id}/task"))
        {
            Dictionary<string, string> status = Status(thread + "/status");
            Assert.Equal("64010 64010 64010 64010", status["Uid"]);
            Assert.Equal("64010 64010 64010 64010", status["Gid"]);
            Assert.Equal("64010", status["Groups"]);
            Assert.Equal("1", status["NoNewPrivs"]);
            ulong capabilities = ulong.Parse(status["CapEff"], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                | ulong.Parse(status["CapPrm"], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                | ulong.Parse(status["CapInh"], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (capabilities != 0) binders++;
            Assert.True(capabilities is 0 or 1 << 10, status["CapPrm"]);
        }

        Assert.Equal(1, binders);
    }

    [RootFact]
    public void What_its_user_may_read_does_not_include_passwords_and_private_keys()
    {
        string[] asGateway = ["--reuid", "64010", "--regid", "64010", "--clear-groups", "cat"];
        foreach (string file in new[] { _accounts!.At("etc/shadow"), _accounts.At("home/alice/.ssh/authorized_keys"), _accounts.At("etc/sshgateway.yaml") })
        {
            Assert.True(File.Exists(file), file);
            Assert.Contains("Permission denied", Output("setpriv", [.. asGateway, file]), StringComparison.Ordinal);
        }

        // But it can write its state.
        foreach (string file in Directory.GetFiles(_accounts.At("state")).Append(_accounts.At("state")))
            Assert.Equal("64010", Output("stat", ["-c", "%u", file]).Trim());
    }

    [RootFact]
    public void Processes_of_the_same_user_can_neither_debug_it_nor_look_into_it()
    {
        const string attach = "import ctypes,sys; print('attach', ctypes.CDLL(None).ptrace(16, int(sys.argv[1]), 0, 0))";
        string[] asGateway = ["--reuid", "64010", "--regid", "64010", "--clear-groups"];
        string id = _gateway!.Id.ToString(CultureInfo.InvariantCulture);
        Assert.Equal("attach -1", Output("setpriv", [.. asGateway, "/usr/bin/python3", "-c", attach, id]).Trim());
        foreach (string file in new[] { "mem", "environ", "maps" })
            Assert.Contains("Permission denied", Output("setpriv", [.. asGateway, "head", "-c1", $"/proc/{id}/{file}"]), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_key_in_a_closed_home_lets_its_owner_in()
    {
        string shown = Output("ssh", [
            "-F", "/dev/null", "-p", _port.ToString(CultureInfo.InvariantCulture), "-i", _accounts!.At("alice_key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "alice@127.0.0.1", "true"]);
        // There is no destination, and that is what the user is told once he is in.
        Assert.Contains("sshgateway: 127.0.0.1:1 cannot be reached", shown, StringComparison.Ordinal);
        // What the gateway wrote reaches us through a pipe, and so not before the client has ended.
        using var patience = new CancellationTokenSource(AuthdFixture.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!_log.Any(line => line.Contains("Accepted publickey for alice", StringComparison.Ordinal)))
            await timer.WaitForNextTickAsync(patience.Token);
    }

    [RootFact]
    public async Task Its_helper_ends_with_it_even_when_it_is_killed()
    {
        int helper = Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Single(pid => File.Exists($"/proc/{pid}/status") && ReadOrEmpty($"/proc/{pid}/status").Contains($"\nPPid:\t{_gateway!.Id}\n", StringComparison.Ordinal));
        Assert.Contains("authd", ReadOrEmpty($"/proc/{helper}/cmdline"), StringComparison.Ordinal);
        Assert.Equal("0 0 0 0", Status($"/proc/{helper}/status")["Uid"]);
        _gateway!.Kill();
        long deadline = Environment.TickCount64 + (long)AuthdFixture.Patience.TotalMilliseconds;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (ReadOrEmpty($"/proc/{helper}/cmdline").Contains("authd", StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 < deadline, "the helper lives on");
            await timer.WaitForNextTickAsync();
        }
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task ConnectAsync(string host, int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(host, port);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        Assert.StartsWith("SSH-2.0-", await reader.ReadLineAsync().WaitAsync(AuthdFixture.Patience), StringComparison.Ordinal);
    }

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Dictionary<string, string> Status(string file) => File.ReadAllLines(file).Select(line => line.Split(':', 2))
        .ToDictionary(parts => parts[0], parts => parts[1].Trim().Replace('\t', ' '), StringComparer.Ordinal);

    private static string Output(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return output;
    }
}
