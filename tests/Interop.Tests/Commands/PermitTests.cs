using System.Net.Sockets;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Commands;

/// <summary>The patterns of <c>permit</c>, with a real client and a real sshd.</summary>
public sealed class PermitTests(CommandBed bed) : IClassFixture<CommandBed>
{
    [GatewayFact]
    public async Task Commands_and_subsystems_are_permitted_by_pattern()
    {
        (_, Route route) = await bed.StartAsync("p-names", "permit: {exec: [\"echo *\", \"!*;*\"], subsystems: [rev*], shell: false}\n");
        Assert.Equal("a b\n", (await route.SshAsync("target", "echo a b")).OutputText);
        Assert.Equal("cba\n", (await route.SshAsync(["-s", "target", "reverse"], "abc\n"u8.ToArray())).OutputText);
        foreach (string[] arguments in new[] { new[] { "target", "echo a; id" }, ["target", "id"], ["-s", "target", "sftp"], ["-T", "target"] })
        {
            ProcessResult refused = await route.SshAsync(arguments, "echo never\n"u8.ToArray());
            Assert.Equal("", refused.OutputText);
            Assert.NotEqual(0, refused.ExitStatus);
        }
    }

    [GatewayFact]
    public async Task An_override_changes_only_the_permissions_it_names()
    {
        (_, Route route) = await bed.StartAsync(
            "p-override",
            $$"""
            permit: {exec: ["echo *"], local_forward: false}
            overrides:
              - match: [{users: [{{Environment.UserName}}]}]
                permit: {local_forward: ["{dest}"]}
              - match: [{users: [somebody-else]}]
                permit: {exec: true}

            """);
        Assert.NotEqual(0, (await route.SshAsync("target", "id")).ExitStatus);
        Assert.Equal("a\n", (await route.SshAsync("target", "echo a")).OutputText);
        ProcessResult pool = await route.SshAsync(["-W", bed.FromSshd, "target"], "\n"u8.ToArray());
        Assert.StartsWith("SSH-2.0-OpenSSH", pool.OutputText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_forward_to_the_routes_own_hosts_can_be_all_that_is_permitted()
    {
        (_, Route route) = await bed.StartAsync("p-pool", "permit: {local_forward: [\"{dest}\"], remote_forward: false}\n");
        ProcessResult pool = await route.SshAsync(["-W", bed.FromSshd, "target"], "\n"u8.ToArray());
        Assert.StartsWith("SSH-2.0-OpenSSH", pool.OutputText, StringComparison.Ordinal);
        await using EchoServer echo = EchoServer.OnTcp();
        ProcessResult other = await route.SshAsync("-W", $"127.0.0.1:{echo.Port}", "target");
        Assert.Contains("administratively prohibited", other.ErrorText, StringComparison.Ordinal);
        ProcessResult remote = await route.SshAsync("-o", "ExitOnForwardFailure=yes", "-R", $"0:127.0.0.1:{echo.Port}", "target", "echo never");
        Assert.Equal((255, ""), (remote.ExitStatus, remote.OutputText));
        Assert.Equal(0, echo.Connections);

        // A jump through the gateway onto one of its own hosts; the host's key is checked end to end.
        string hosts = bed.Folder.Write("jump_hosts", $"[127.0.0.1]:{bed.Destination.Port} {bed.DestinationHostKeys[0].PublicText}\n{await File.ReadAllTextAsync(route.KnownHosts)}");
        string config = bed.Folder.Write("jump_config", (await File.ReadAllTextAsync(route.ConfigFile)).Replace(route.KnownHosts, hosts, StringComparison.Ordinal));
        ProcessResult jump = await ChildProcess.RunAsync("ssh", ["-F", config, "-J", "target", "-p", $"{bed.Destination.Port}", "127.0.0.1", "echo jumped"]);
        Assert.True(jump.ExitStatus == 0, jump.ToString());
        Assert.Equal("jumped\n", jump.OutputText);
    }

    [GatewayFact]
    public async Task A_forward_to_the_routes_own_hosts_can_be_refused_and_networks_permitted()
    {
        (_, Route route) = await bed.StartAsync("p-net", "permit: {local_forward: [\"127.0.0.0/8\", \"!{dest}\"], remote_forward: [\"localhost:*\"], streamlocal: [\"*/yes*\"]}\n");
        ProcessResult pool = await route.SshAsync("-W", bed.FromSshd, "target");
        Assert.Contains("administratively prohibited", pool.ErrorText, StringComparison.Ordinal);
        await using EchoServer echo = EchoServer.OnTcp();
        Assert.Equal("hello", (await route.SshAsync(["-W", $"127.0.0.1:{echo.Port}", "target"], "hello"u8.ToArray())).OutputText);
        // The rule is for addresses: a name that means one is not looked up.
        Assert.Contains("administratively prohibited", (await route.SshAsync("-W", $"localhost:{echo.Port}", "target")).ErrorText, StringComparison.Ordinal);
        ProcessResult remote = await route.SshAsync("-o", "ExitOnForwardFailure=yes", "-R", $"localhost:0:127.0.0.1:{echo.Port}", "target", "echo listening");
        Assert.Equal("listening\n", remote.OutputText);
        ProcessResult wide = await route.SshAsync("-o", "ExitOnForwardFailure=yes", "-R", $"*:0:127.0.0.1:{echo.Port}", "target", "echo never");
        Assert.Equal((255, ""), (wide.ExitStatus, wide.OutputText));

        string folder = route.NewFolder("sockets");
        await using EchoServer yes = EchoServer.OnSocketFile(Path.Combine(folder, "yes"));
        await using EchoServer no = EchoServer.OnSocketFile(Path.Combine(folder, "no"));
        string here = Path.Combine(folder, "here"), there = Path.Combine(folder, "there");
        await using ChildProcess forwards = route.StartSsh("-L", $"{here}:{folder}/yes", "-L", $"{there}:{folder}/no", "target", "echo ready; cat");
        await forwards.ReadUntilAsync("ready\n");
        Assert.Equal("hi"u8.ToArray(), await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint(here), "hi"u8.ToArray()));
        Assert.Empty(await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint(there), default));
        forwards.CloseInput();
        Assert.Contains("administratively prohibited", (await forwards.CompleteAsync()).ErrorText, StringComparison.Ordinal);
        Assert.Equal((1, 0), (yes.Connections, no.Connections));
    }

    [GatewayFact]
    public async Task Arguments_of_ssh_forbid_what_they_forbid()
    {
        (_, Route route) = await bed.StartAsync("p-args", "ssh: {args: [-a, -x, -T, -oClearAllForwardings=yes, -oSetEnv=A=args]}\n");
        Assert.Equal("args\n", (await route.SshAsync("target", "echo $A")).OutputText);
        Assert.Contains("PTY allocation request failed", (await route.SshAsync("-tt", "target", "echo never")).ErrorText, StringComparison.Ordinal);
        Assert.Contains("administratively prohibited", (await route.SshAsync("-W", bed.FromSshd, "target")).ErrorText, StringComparison.Ordinal);
        ProcessResult agent = await route.BashAsync("eval $(ssh-agent) >&2; ssh -F $CONF -A target 'echo [$SSH_AUTH_SOCK]'; s=$?; ssh-agent -k >&2; exit $s");
        Assert.Equal("[]\n", agent.OutputText);
    }
}
