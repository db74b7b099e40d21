using SshGateway.Interop.Tests.Harness;
using SshGateway.Interop.Tests.Recipes;
using Xunit;

namespace SshGateway.Interop.Tests.Destinations;

/// <summary>What is the user's own, shown to a real sshd by a gateway that is not root: his password, his key, his other name.</summary>
public sealed class UserCredentialTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private PrivateMachine _machine = null!;

    public async Task InitializeAsync()
    {
        if (MachineFactAttribute.IsPossible) _machine = await PrivateMachine.CreateAsync(_folder);
    }

    public async Task DisposeAsync()
    {
        if (_machine is not null) await _machine.DisposeAsync();
        _folder.Dispose();
    }

    [MachineFact]
    public async Task The_typed_password_is_good_at_the_destination_too()
    {
        await _machine.StartNodeAsync("PasswordAuthentication yes\nPubkeyAuthentication no\n");
        await StartAsync("[password]", "");
        ProcessResult right = await PasswordAsync(PrivateMachine.Password);
        Assert.True(right.ExitStatus == 4, Explain(right));
        await _machine.Gateway.WaitForLogAsync("auth=password");
        await _machine.Node.WaitForLogAsync("Accepted password for alice");

        // A key types nothing: there is no password to show.
        ProcessResult key = await _machine.SshAsync(["-o", "PreferredAuthentications=publickey"], "exit 4");
        Assert.Equal(1, key.ExitStatus);
        Assert.Contains("accepts none of the gateway's credentials", key.ErrorText, StringComparison.Ordinal);
        Assert.Equal(255, (await PasswordAsync("wrong")).ExitStatus);
        Assert.DoesNotContain(PrivateMachine.Password, _machine.Gateway.LogText, StringComparison.Ordinal);
    }

    [MachineFact]
    public async Task The_users_own_key_signs_in_the_helper()
    {
        await _machine.StartNodeAsync("");
        await StartAsync("[userkey]", "");
        ProcessResult result = await _machine.SshAsync([], "exit 4");
        Assert.True(result.ExitStatus == 4, Explain(result));
        await _machine.Gateway.WaitForLogAsync($"auth=userkey ssh-ed25519 {new KeyPair(Path.Combine(_machine.Home, ".ssh/id_ed25519")).Fingerprint()}");
    }

    [MachineFact]
    public async Task A_user_has_the_name_that_the_map_says_and_a_reload_reads_it_again()
    {
        await _machine.StartNodeAsync("");
        _machine.Write("/etc/sshgateway/users", "# who is who there\nalice nobody-there\n");
        await StartAsync("[userkey]", "  user_map: /etc/sshgateway/users\n");
        File.SetUnixFileMode(_machine.At("/etc/sshgateway/sshgateway.yaml"), (UnixFileMode)0b110_100_100);
        (await _machine.RunHereAsync("chown", "sshgateway", "/etc/sshgateway/ssh_host_ed25519_key")).Succeeded();
        Assert.Equal(1, (await _machine.SshAsync([], "exit 4")).ExitStatus);
        await _machine.Node.WaitForLogAsync("Invalid user nobody-there");

        _machine.Write("/etc/sshgateway/users", "alice\n");
        int seen = _machine.Gateway.Log.Count;
        _machine.Gateway.Signal(NativeMethods.SignalHangup);
        await _machine.Gateway.WaitForLogAsync("/etc/sshgateway/users:1:1: USER NAME is expected", seen);
        _machine.Write("/etc/sshgateway/users", "al* {user}\n");
        seen = _machine.Gateway.Log.Count;
        _machine.Gateway.Signal(NativeMethods.SignalHangup);
        await _machine.Gateway.WaitForLogAsync("loaded anew", seen);
        ProcessResult result = await _machine.SshAsync([], "exit 4");
        Assert.True(result.ExitStatus == 4, Explain(result));
    }

    private Task StartAsync(string destinationAuth, string destinationLines) => _machine.StartGatewayAsync(
        $"run_as: sshgateway\nauth:\n  pam_service: sshgateway\n  methods: [password, publickey]\ndestination:\n  auth: {destinationAuth}\n{destinationLines}dest: [\"node1.example.org:22\"]\n");

    private Task<ProcessResult> PasswordAsync(string password)
    {
        string script = _machine.Write("/etc/askpass", "#!/bin/sh\necho \"$TYPED\"\n", "755");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SSH_ASKPASS"] = script,
            ["SSH_ASKPASS_REQUIRE"] = "force",
            ["TYPED"] = password,
        };
        return _machine.SshAsync(["-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1"], "exit 4", environment);
    }

    private string Explain(ProcessResult result) => $"{result}\n== gateway:\n{_machine.Gateway.LogText}\n== node1:\n{_machine.Node.LogText}";
}
