using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Destinations;

/// <summary>Certificates minted per session, in front of an sshd that trusts the authority and no key.</summary>
public sealed class CertificateTests(DestinationBed bed) : IClassFixture<DestinationBed>
{
    [GatewayFact]
    public async Task The_authority_may_live_in_an_agent()
    {
        (KeyPair authority, OpenSshServer destination) = await AuthorityAsync("agent");
        SshAgent agent = await bed.StartAgentAsync(authority.PrivateFile);
        (GatewayProcess gateway, Route route) = await bed.StartAsync("c-agent", "[certificate]", $"  ca_key: \"agent:{agent.Socket}\"\n", destination: destination);
        ProcessResult result = await route.SshAsync("target", "exit 5");
        Assert.True(result.ExitStatus == 5, result + gateway.LogTail(40));
        await gateway.WaitForLogAsync("auth=certificate ssh-ed25519-cert-v01@openssh.com");

        // Among several keys it must be named.
        (await agent.AddAsync(bed.GatewayKey.PrivateFile)).Succeeded();
        Assert.Equal(1, (await route.SshAsync("target", "exit 5")).ExitStatus);
        await gateway.WaitForLogAsync("holds 2 keys: write the authority's fingerprint behind the socket");
        (_, Route named) = await bed.StartAsync("c-named", "[certificate]", $"  ca_key: \"agent:{agent.Socket} {authority.Fingerprint()}\"\n", destination: destination);
        Assert.Equal(5, (await named.SshAsync("target", "exit 5")).ExitStatus);
    }

    [GatewayFact]
    public async Task A_certificate_is_of_use_only_from_where_the_gateway_is()
    {
        (KeyPair authority, OpenSshServer destination) = await AuthorityAsync("sources");
        (_, Route elsewhere) = await bed.StartAsync("c-else", "[certificate]", $"  ca_key: {authority.PrivateFile}\n  certificate_sources: [192.0.2.0/24]\n", destination: destination);
        Assert.Equal(1, (await elsewhere.SshAsync("target", "exit 5")).ExitStatus);
        await destination.WaitForLogAsync("not from a permitted source address");
        (_, Route here) = await bed.StartAsync("c-here", "[certificate]", $"  ca_key: {authority.PrivateFile}\n  certificate_sources: [192.0.2.0/24, 127.0.0.0/8]\n", destination: destination);
        Assert.Equal(5, (await here.SshAsync("target", "exit 5")).ExitStatus);
    }

    [GatewayFact]
    public async Task A_certificate_permits_no_more_than_the_users_key_does()
    {
        (KeyPair authority, OpenSshServer destination) = await AuthorityAsync("extensions");
        (_, Route route) = await bed.StartAsync("c-pty", "[certificate]", $"  ca_key: {authority.PrivateFile}\n", keyOptions: "no-pty,no-port-forwarding", destination: destination);
        Assert.Equal(0, (await route.SshAsync("target", "true")).ExitStatus);
        // LogLevel VERBOSE names what the certificate carries when it is used: sshd would refuse a terminal, too.
        ProcessResult terminal = await route.SshAsync("-tt", "target", "true");
        Assert.Contains("PTY allocation request failed", terminal.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task The_first_entry_that_the_destination_takes_is_used_and_named()
    {
        (KeyPair authority, OpenSshServer destination) = await AuthorityAsync("order", "AuthorizedKeysFile " + bed.AuthorizedKeys);
        string lines = $"  ca_key: {authority.PrivateFile}\n";
        (GatewayProcess first, Route route) = await bed.StartAsync("c-first", "[key, certificate]", lines, destination: destination);
        Assert.Equal(5, (await route.SshAsync("target", "exit 5")).ExitStatus);
        await first.WaitForLogAsync($"auth=key ssh-ed25519 {bed.GatewayKey.Fingerprint()}");
        (GatewayProcess second, Route other) = await bed.StartAsync("c-second", "[certificate, key]", lines, destination: destination);
        await using ChildProcess session = other.StartSsh("target", "cat");
        await second.WaitForLogAsync("auth=certificate ssh-ed25519-cert-v01@openssh.com");
        (string program, string[] arguments) = GatewayProcess.Program();
        ProcessResult shown = await ChildProcess.RunAsync(program, [.. arguments, "ctl", "-c", second.ConfigFile, "show", "sessions", "-json"]);
        Assert.True(shown.OutputText.Contains("certificate ssh-ed25519-cert-v01@openssh.com", StringComparison.Ordinal), shown.ToString());
        session.CloseInput();
        await session.CompleteAsync(null);
    }

    private async Task<(KeyPair Authority, OpenSshServer Destination)> AuthorityAsync(string name, string keys = "AuthorizedKeysFile none")
    {
        KeyPair authority = await KeyPair.GenerateAsync(bed.Folder, $"keys/ca_{name}");
        return (authority, await bed.StartDestinationAsync([$"TrustedUserCAKeys {authority.PublicFile}", keys]));
    }
}
