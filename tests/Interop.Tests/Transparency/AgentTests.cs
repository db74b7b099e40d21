using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(ForwardCollection.Name)]
public sealed class AgentTests(TestBed bed)
{
    /// <summary>Options of the ssh that runs on the destination: no key but the agent's.</summary>
    private string Inner(OpenSshServer server, string knownHosts) =>
        $"ssh -F /dev/null -o BatchMode=yes -o IdentityFile=none -o StrictHostKeyChecking=yes -o KexAlgorithms=curve25519-sha256 " +
        $"-o UserKnownHostsFile={knownHosts} -p {server.Port} 127.0.0.1";

    [Fact]
    public async Task A_forwarded_agent_lists_and_signs_for_the_next_host()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using SshAgent agent = await SshAgent.StartAsync(Path.Combine(route.NewFolder("a"), "s"));
            (await agent.AddAsync(bed.UserKey.PrivateFile)).Succeeded();
            string command = $"ssh-add -l; {Inner(bed.Destination, bed.Direct.KnownHosts)} 'echo inner; exit 13'";
            return route.Outcome(await route.SshAsync(["-A", "target", command], environment: agent.Environment));
        });
        Assert.Equal(13, direct.Status);
        Assert.EndsWith("\ninner\n", direct.Text("stdout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_session_of_a_shared_connection_has_the_agent()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using SshAgent agent = await SshAgent.StartAsync(Path.Combine(route.NewFolder("a"), "s"));
            (await agent.AddAsync(bed.UserKey.PrivateFile)).Succeeded();
            string socket = Path.Combine(route.NewFolder("am"), "s");
            await using ChildProcess master = ChildProcess.Start("ssh", ["-F", route.ConfigFile, "-A", "-M", "-N", "-S", socket, "target"], agent.Environment);
            await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
            var outcome = new Outcome();
            foreach (string name in (string[])["first ", "second ", "third "])
            {
                outcome.With(name, await route.SshAsync(["-A", "-S", socket, "target", "ssh-add -l; ssh-add -l"], environment: agent.Environment));
            }

            return outcome;
        });
        Assert.Contains("ED25519", direct.Text("third stdout"), StringComparison.Ordinal);
        Assert.Equal(direct.Text("first stdout"), direct.Text("third stdout"));
    }

    [Fact]
    public async Task Without_A_there_is_no_agent_on_the_far_side()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using SshAgent agent = await SshAgent.StartAsync(Path.Combine(route.NewFolder("a"), "s"));
            return route.Outcome(await route.SshAsync(["-a", "target", "echo \"<$SSH_AUTH_SOCK>\""], environment: agent.Environment));
        });
        Assert.Equal("<>\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task A_key_restricted_to_destinations_works_on_its_path_and_nowhere_else()
    {
        OpenSshServer listed = await bed.StartDestinationAsync([], hostKeys: [await KeyPair.GenerateAsync(bed.Folder, "keys/listed")]);
        OpenSshServer other = await bed.StartDestinationAsync([], hostKeys: [await KeyPair.GenerateAsync(bed.Folder, "keys/other")]);
        string knownHosts = bed.Folder.Write(
            "known_hosts_restricted",
            $"[127.0.0.1]:{listed.Port} {listed.HostKeys[0].PublicText}\n[127.0.0.1]:{other.Port} {other.HostKeys[0].PublicText}\n");
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using SshAgent agent = await SshAgent.StartAsync(Path.Combine(route.NewFolder("a"), "s"));
            string outer = $"[127.0.0.1]:{route.Port}";
            (await agent.AddAsync(
                "-H", route.KnownHosts, "-H", knownHosts, "-h", outer, "-h", $"{outer}>[127.0.0.1]:{listed.Port}", bed.UserKey.PrivateFile)).Succeeded();
            string command = $"{Inner(listed, knownHosts)} 'echo listed'; {Inner(other, knownHosts)} 'echo other' 2>/dev/null; echo $?";
            return route.Outcome(await route.SshAsync(["-A", "-o", "IdentityFile=none", "-o", "IdentitiesOnly=no", "target", command], environment: agent.Environment));
        });
        Assert.Equal("listed\n255\n", direct.Text("stdout"));
    }
}
