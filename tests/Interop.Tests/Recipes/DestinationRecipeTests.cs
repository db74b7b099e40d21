using SshGateway.Interop.Tests.Harness;
using SshGateway.Interop.Tests.Kerberos;
using Xunit;

namespace SshGateway.Interop.Tests.Recipes;

/// <summary>Recipes of docs/authentication.md about the way to the destination, configured as printed.</summary>
public sealed class DestinationRecipeTests : IAsyncLifetime
{
    private const string GatewayFile = "/etc/sshgateway/sshgateway.yaml";
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
    public async Task Destinations_that_trust_the_gateways_ca()
    {
        RecipeText recipe = RecipeText.Read("Destinations that trust the gateway's CA");
        foreach (string command in recipe.Commands) (await _machine.RunHereAsync("sh", "-ec", command)).Succeeded();
        File.Copy(_machine.At("/etc/sshgateway/destination_ca.pub"), _machine.At("/etc/ssh/gateway_ca.pub"));
        // The destination knows no key of the user's own.
        await _machine.StartNodeAsync(recipe.Files["/etc/ssh/sshd_config"] + "AuthorizedKeysFile none\n");
        await _machine.StartGatewayAsync(recipe.Files[GatewayFile]);
        ProcessResult result = await _machine.SshAsync([], "id -un");
        Assert.True(result.ExitStatus == 0, Explain(result));
        Assert.Equal("alice\n", result.OutputText);
        await _machine.Gateway.WaitForLogAsync("auth=certificate ssh-ed25519-cert-v01@openssh.com");
        string accepted = await _machine.Node.WaitForLogAsync("Accepted publickey for alice");
        string session = (await _machine.Gateway.WaitForLogAsync("Accepted publickey for alice")).Split("session=")[1].Split(' ')[0];
        Assert.Contains($"ID alice/{session} ", accepted, StringComparison.Ordinal);
    }

    [MachineFact]
    public async Task Hostbased_clusters()
    {
        RecipeText recipe = RecipeText.Read("Hostbased clusters");
        foreach (string name in new[] { "/etc/ssh/shosts.equiv", "/etc/ssh/ssh_config" }) _machine.Write(name, recipe.Files[name]);
        await _machine.StartNodeAsync(recipe.Files["/etc/ssh/sshd_config"] + "AuthorizedKeysFile none\n");
        await _machine.StartGatewayAsync(recipe.Files[GatewayFile]);
        ProcessResult result = await _machine.SshAsync(["-o", "PreferredAuthentications=hostbased"], "id -un");
        Assert.True(result.ExitStatus == 0, Explain(result));
        Assert.Equal("alice\n", result.OutputText);
        await _machine.Gateway.WaitForLogAsync("Accepted hostbased for alice");
        await _machine.Gateway.WaitForLogAsync("auth=hostbased ssh-ed25519");
        await _machine.Node.WaitForLogAsync("Accepted hostbased for alice");
    }

    [KerberosFact]
    public async Task Kerberos()
    {
        RecipeText recipe = RecipeText.Read("Kerberos");
        KerberosRealm realm = _machine.Own(await KerberosRealm.StartAsync(_folder));
        await realm.AddUserAsync("alice");
        await realm.AddServiceAsync("host/node1.example.org", "krb5/destination.keytab");
        foreach ((string name, string value) in realm.Environment) _machine.Environment[name] = value;
        (await _machine.RunHereAsync("chmod", "711", _folder["krb5"])).Succeeded();
        foreach (string command in recipe.Commands)
        {
            // The administration server of the real world is here the database itself.
            string here = command.Replace("kadmin -q", $"/usr/sbin/kadmin.local -r {KerberosRealm.Name} -q", StringComparison.Ordinal);
            (await _machine.RunHereAsync("sh", "-ec", here)).Succeeded();
        }

        _machine.Write("/etc/ssh/ssh_config", recipe.Files["/etc/ssh/ssh_config"]);
        await _machine.StartNodeAsync(recipe.Files["/etc/ssh/sshd_config"] + "AuthorizedKeysFile none\n");
        await _machine.StartGatewayAsync(recipe.Files[GatewayFile]);
        IReadOnlyDictionary<string, string> tickets = await realm.TicketsAsync("alice");
        await _machine.GiveAsync(tickets["KRB5CCNAME"]["FILE:".Length..]);
        ProcessResult result = await _machine.SshAsync([], "id -un", tickets);
        Assert.True(result.ExitStatus == 0, Explain(result));
        Assert.Equal("alice\n", result.OutputText);
        await _machine.Gateway.WaitForLogAsync("Accepted gssapi-with-mic for alice");
        await _machine.Gateway.WaitForLogAsync($"auth=gssapi alice@{KerberosRealm.Name}");
        await _machine.Node.WaitForLogAsync("Accepted gssapi-with-mic for alice");
    }

    private string Explain(ProcessResult result) => $"{result}\n== gateway:\n{_machine.Gateway.LogText}\n== node1:\n{_machine.Node.LogText}";
}
