using System.Globalization;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Tests.Privileged;
using Xunit;

namespace SshGateway.Interop.Tests.Login;

/// <summary>The gateway's helper: it dies, it serves from outside, it turns strangers away, it checks accounts with few processes.</summary>
[Collection(LoginCollection.Name)]
public sealed class HelperTests(LoginBed bed)
{
    private const string Password = PrivateAccounts.Password;

    [RootFact]
    public async Task A_helper_that_dies_is_started_again_though_the_gateway_is_not_root_any_more()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix");
        Assert.True((await gateway.PasswordAsync("alice", Password)).IsIn);
        for (int i = 0; i < 2; i++)
        {
            int seen = gateway.LogLines;
            int helper = Processes.Below(gateway.Id).First(process => Processes.CommandLine(process).Contains("--owned-server", StringComparison.Ordinal));
            NativeMethods.Kill(helper, 9);
            await gateway.WaitForLogAsync("the helper has ended (status 137)", seen);
            // Who comes meanwhile waits for it.
            LoginAttempt login = await gateway.PasswordAsync("alice", Password);
            Assert.True(login.IsIn, $"{login}\n{gateway.LogText}");
            Assert.True((await gateway.KeyAsync("alice", bed.AliceKey)).IsIn);
        }

        Assert.DoesNotContain("have ended: passwords", gateway.LogText, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Keys_cost_no_process_each_although_their_accounts_are_checked()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix");
        var children = new HashSet<int>();
        for (int i = 0; i < 5; i++)
        {
            Assert.True((await gateway.KeyAsync("alice", bed.AliceKey)).IsIn);
            children.UnionWith(Processes.Below(gateway.Id).Where(process => Processes.CommandLine(process).EndsWith("authd-child\0", StringComparison.Ordinal)));
        }

        // One that has checked them all, and the spare one.
        Assert.InRange(children.Count, 1, 2);
        Assert.Equal(5, gateway.LogText.Split("authd: PAM unix for alice from 127.0.0.1: Success").Length - 1);
    }

    [RootFact]
    public async Task A_gateway_that_was_never_root_uses_the_helper_of_a_service()
    {
        string socket = bed.Accounts.At("run/authd.sock");
        int port = LoopbackPort.Free();
        string config = bed.Accounts.Write("etc/outside.yaml", bed.Configuration(port, $"pam_service: unix\nhelper: {socket}"));
        await File.WriteAllTextAsync(config, await WithReadableKeyAsync(config));
        Directory.CreateDirectory(bed.Accounts.At(string.Create(CultureInfo.InvariantCulture, $"state-{port}")));
        PrivateAccounts.Give(bed.Accounts.At(string.Create(CultureInfo.InvariantCulture, $"state-{port}")), PrivateAccounts.GatewayId);
        await using ServerProcess authd = await StartHelperAsync(config, "--socket", socket);
        await using LoginGateway gateway = await LoginGateway.StartAsync(
            bed, config, port, "setpriv", "--reuid", "64010", "--regid", "64010", "--clear-groups", "--inh-caps=-all");
        Assert.True((await gateway.PasswordAsync("alice", Password)).IsIn, gateway.LogText);
        Assert.True((await gateway.KeyAsync("alice", bed.AliceKey)).IsIn, gateway.LogText);
        await TurnedAwayAsync(authd, socket);
    }

    [RootFact]
    public async Task A_socket_that_systemd_has_made_serves_as_well()
    {
        string socket = bed.Accounts.At("run/activated.sock");
        int port = LoopbackPort.Free();
        string config = bed.Accounts.Write("etc/activated.yaml", bed.Configuration(port, $"pam_service: unix\nhelper: {socket}").Replace("run_as: sshgw", "run_as: nobody", StringComparison.Ordinal));
        // A listening socket as descriptor 3, and the variables of sd_listen_fds(3).
        const string activate = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX)
            s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o666); s.listen(16)
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
            os.execvp(sys.argv[2], sys.argv[2:])
            """;
        await using ServerProcess authd = await StartHelperAsync(config, [], Python.Interpreter, "-c", activate, socket);
        ProcessResult answer = await AskAsync(socket, "65534");
        Assert.Equal("64\n", answer.OutputText);
        await TurnedAwayAsync(authd, socket);
    }

    [RootFact]
    public async Task A_changed_configuration_counts_at_the_helper_at_once()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix\npam_account: false");
        string yaml = await WithReadableKeyAsync(gateway.ConfigFile);
        string elsewhere = bed.Accounts.HomeOf("alice") + "/elsewhere";
        bed.Accounts.WriteHome("alice", PrivateAccounts.AliceId, "elsewhere", bed.AliceKey.PublicText + "\n");
        string changed = yaml.Replace("pam_service: unix", "pam_service: items\n  authorized_keys: [\"{home}/elsewhere\"]", StringComparison.Ordinal);
        Assert.EndsWith(".yaml loaded anew", await gateway.ReloadAsync(changed), StringComparison.Ordinal);
        LoginAttempt login = await gateway.KeyAsync("alice", bed.AliceKey);
        Assert.True(login.IsIn, $"{login}\n{gateway.LogText}");
        Assert.Equal("text 127.0.0.1 ssh\nin\n", (await gateway.ConverseAsync("keyboard-interactive", "alice")).OutputText);
        // What the gateway's user could have written widens nothing.
        int seen = gateway.LogLines;
        PrivateAccounts.Give(gateway.ConfigFile, PrivateAccounts.GatewayId);
        await gateway.ReloadAsync(changed.Replace("items", "several", StringComparison.Ordinal));
        Assert.Contains("refused", (await gateway.ConverseAsync("keyboard-interactive", "alice", "Zoë", "1234")).OutputText, StringComparison.Ordinal);
        await gateway.WaitForLogAsync("it can be written by others than root", seen);
    }

    [RootFact]
    public async Task What_a_reload_could_not_read_is_said_at_the_start()
    {
        await using LoginGateway gateway = await bed.StartAsync("pam_service: unix");
        Assert.Contains($"a reload will fail, because user sshgw cannot read: {bed.Accounts.At("gateway_key")}", gateway.LogText, StringComparison.Ordinal);
        int seen = gateway.LogLines;
        gateway.Signal(NativeMethods.SignalHangup);
        Assert.Contains("the old one stays", await gateway.WaitForLogAsync("not loaded anew", seen), StringComparison.Ordinal);
        Assert.True((await gateway.PasswordAsync("alice", Password)).IsIn);
        Assert.EndsWith(".yaml loaded anew", await gateway.ReloadAsync(await WithReadableKeyAsync(gateway.ConfigFile)), StringComparison.Ordinal);
        Assert.True((await gateway.PasswordAsync("alice", Password)).IsIn);
    }

    /// <summary>The configuration with a key towards the destination that the user of the gateway can read.</summary>
    private async Task<string> WithReadableKeyAsync(string config)
    {
        string key = bed.Accounts.Write("gateway_key_own", await File.ReadAllTextAsync(bed.Accounts.At("gateway_key")), "600");
        PrivateAccounts.Give(key, PrivateAccounts.GatewayId);
        return (await File.ReadAllTextAsync(config)).Replace(bed.Accounts.At("gateway_key") + "\"", key + "\"", StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartHelperAsync(string config, params string[] options) => StartHelperAsync(config, options, []);

    private Task<ServerProcess> StartHelperAsync(string config, string[] options, params string[] prefix)
    {
        string[] command = [.. prefix, "dotnet", Path.Combine(AppContext.BaseDirectory, "sshgateway.dll"), "authd", "-c", config, .. options];
        return ServerProcess.StartAsync("unshare", bed.Accounts.Inside(command[0], command[1..]), 0, readyLine: " serves user ");
    }

    /// <summary>A process of a user whom the helper does not serve gets no answer, even where the file would let him connect.</summary>
    private static async Task TurnedAwayAsync(ServerProcess authd, string socket)
    {
        PrivateAccounts.Open(socket, "666");
        Assert.Equal("\n", (await AskAsync(socket, "64002")).OutputText);
        await authd.WaitForLogAsync("a process of user 64002 is turned away");
    }

    /// <summary>Greets the helper as a user; prints the type of its answer, or nothing.</summary>
    private static Task<ProcessResult> AskAsync(string socket, string uid)
    {
        const string greet = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(sys.argv[1])
            try:
                s.sendall(b"\0\0\0\2\1\1")
                answer = s.recv(5)
            except OSError:
                answer = b""
            print(answer[4] if len(answer) == 5 else "")
            """;
        return ChildProcess.RunAsync("setpriv", ["--reuid", uid, "--regid", uid, "--clear-groups", Python.Interpreter, "-c", greet, socket]);
    }
}
