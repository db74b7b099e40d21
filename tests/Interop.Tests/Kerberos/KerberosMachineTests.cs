using SshGateway.Interop.Tests.Harness;
using SshGateway.Interop.Tests.Recipes;
using Xunit;

namespace SshGateway.Interop.Tests.Kerberos;

/// <summary>A gateway that has given root's rights up: what it needs of a user's home and of a user's identity, its helper does.</summary>
public sealed class KerberosMachineTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private PrivateMachine _machine = null!;
    private KerberosRealm _realm = null!;

    public async Task InitializeAsync()
    {
        if (new KerberosFactAttribute().Skip is not null) return;
        _machine = await PrivateMachine.CreateAsync(_folder);
        _realm = _machine.Own(await KerberosRealm.StartAsync(_folder));
        (await _machine.RunHereAsync("chmod", "711", _folder["krb5"])).Succeeded();
        foreach (string user in new[] { "alice", "bob" }) await _realm.AddUserAsync(user);
        await _realm.AddServiceAsync("host/node1.example.org", "krb5/destination.keytab");
        await _realm.AddServiceAsync("host/gateway.example.org", "etc/sshgateway/krb5.keytab");
        (await _machine.RunHereAsync("chown", "sshgateway", "/etc/sshgateway/krb5.keytab")).Succeeded();
        foreach ((string name, string value) in _realm.Environment) _machine.Environment[name] = value;
        _machine.Write("/etc/ssh/ssh_config", "GSSAPIAuthentication yes\nGSSAPIDelegateCredentials yes\nPreferredAuthentications gssapi-with-mic\n");
        await _machine.StartNodeAsync("GSSAPIAuthentication yes\nAuthorizedKeysFile none\n");
    }

    public async Task DisposeAsync()
    {
        if (_machine is not null) await _machine.DisposeAsync();
        _folder.Dispose();
    }

    [KerberosFact]
    public async Task A_k5login_in_a_closed_home_says_who_may_log_in()
    {
        await StartAsync("");
        Assert.Equal(255, (await SshAsync("bob")).ExitStatus);
        await _machine.Gateway.WaitForLogAsync("bob@GATEWAY.TEST may not log in as alice: bob@GATEWAY.TEST is user bob");

        await _machine.WriteHomeAsync(".k5login", "bob@GATEWAY.TEST\n");
        ProcessResult listed = await SshAsync("bob");
        // The destination asks the same file, and is given bob's tickets.
        Assert.True(listed.ExitStatus == 0, listed + _machine.Gateway.LogText + _machine.Node.LogText);
        Assert.Equal(255, (await SshAsync("alice")).ExitStatus);
        await _machine.Gateway.WaitForLogAsync(".k5login does not list alice@GATEWAY.TEST");

        // Others could write it: it says nothing any more, and nobody gets in.
        File.SetUnixFileMode(Path.Combine(_machine.Home, ".k5login"), (UnixFileMode)0b110_110_110);
        Assert.Equal(255, (await SshAsync("bob")).ExitStatus);
    }

    [KerberosFact]
    public async Task Tickets_for_commands_belong_to_the_user_and_end_with_the_session()
    {
        _machine.Write("/etc/sshgateway/tickets.sh", "#!/bin/sh\nklist -s && stat -c '%U %a %n' \"${KRB5CCNAME#FILE:}\"\n", "755");
        await StartAsync("blocking_command: /etc/sshgateway/tickets.sh\n");
        ProcessResult result = await SshAsync("alice");
        Assert.True(result.ExitStatus == 0, result + _machine.Gateway.LogText);
        string line = result.ErrorText.Split('\n').Single(text => text.Contains("krb5cc_", StringComparison.Ordinal));
        Assert.StartsWith("alice 600 /tmp/krb5cc_64101_", line, StringComparison.Ordinal);
        await Eventually.BecomesTrueAsync(() => !File.Exists(line.Split(' ')[2]), "the tickets are deleted");
    }

    private Task StartAsync(string lines) => _machine.StartGatewayAsync(
        "run_as: sshgateway\nauth: {methods: [gssapi-with-mic], keytab: /etc/sshgateway/krb5.keytab}\ndestination: {auth: [gssapi]}\ndest: [\"node1.example.org:22\"]\n" + lines);

    private async Task<ProcessResult> SshAsync(string principal)
    {
        IReadOnlyDictionary<string, string> tickets = await _realm.TicketsAsync(principal);
        await _machine.GiveAsync(tickets["KRB5CCNAME"]["FILE:".Length..]);
        return await _machine.SshAsync([], "true", tickets);
    }
}
