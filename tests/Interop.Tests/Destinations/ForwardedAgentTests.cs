using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Destinations;

/// <summary>The agent that a client forwards opens the way to the destination, before the client's session goes there.</summary>
public sealed class ForwardedAgentTests(DestinationBed bed) : IClassFixture<DestinationBed>
{
    private const string BreakIn = "agent forwarding";

    [GatewayFact]
    public async Task Commands_subsystems_and_shells_begin_once_the_agent_has_signed()
    {
        (GatewayProcess gateway, Route route) = await bed.StartAsync("a-kinds", "[agent]");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        ProcessResult command = await route.SshAsync(["-A", "-o", "SetEnv=WORD=one", "target", "echo \"$WORD\"; cat; echo two >&2; exit 7"], "typed early\n"u8.ToArray(), agent.Environment);
        Assert.True(command.ExitStatus == 7, command + gateway.LogTail(40));
        Assert.Equal(("one\ntyped early\n", "two\n"), (command.OutputText, command.ErrorText));
        ProcessResult subsystem = await route.SshAsync(["-A", "-s", "target", "reverse"], "abc\n"u8.ToArray(), agent.Environment);
        Assert.Equal("cba\n", subsystem.OutputText);
        ProcessResult shell = await route.SshAsync(["-A", "-T", "target"], "echo in a shell; exit 3\n"u8.ToArray(), agent.Environment);
        Assert.Equal((3, "in a shell\n"), (shell.ExitStatus, shell.OutputText));
        ProcessResult terminal = await route.SshAsync(["-A", "-tt", "target", "tty >/dev/null && echo a terminal"], default, agent.Environment);
        Assert.Equal("a terminal\r\n", terminal.OutputText);
        await gateway.WaitForLogAsync($"auth=agent ssh-ed25519 {bed.UserKey.Fingerprint()}");
    }

    [GatewayFact]
    public async Task Much_input_that_comes_at_once_arrives_whole()
    {
        (_, Route route) = await bed.StartAsync("a-bulk", "[agent]");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        byte[] input = new byte[3_000_000];
        new Random(6).NextBytes(input);
        ProcessResult result = await route.SshAsync(["-A", "target", "cat"], input, agent.Environment);
        Assert.Equal(0, result.ExitStatus);
        Assert.True(input.AsSpan().SequenceEqual(result.Output));
    }

    [GatewayFact]
    public async Task The_agent_is_forwarded_to_the_destination_all_the_same()
    {
        (_, Route route) = await bed.StartAsync("a-on", "[agent]");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        Assert.Contains(bed.UserKey.Fingerprint(), (await route.SshAsync(["-A", "target", "ssh-add -l"], default, agent.Environment)).OutputText, StringComparison.Ordinal);

        // permit.agent keeps it from the destination, and does not keep the gateway from logging in with it.
        (_, Route closed) = await bed.StartAsync("a-off", "[agent]", lines: "permit: {agent: false}\n");
        Assert.Equal("<>\n", (await closed.SshAsync(["-A", "target", "echo \"<$SSH_AUTH_SOCK>\""], default, agent.Environment)).OutputText);
    }

    [GatewayFact]
    public async Task Who_does_not_forward_his_agent_is_told_and_not_asked()
    {
        (GatewayProcess gateway, Route route) = await bed.StartAsync("a-none", "[agent]");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        foreach (string[] arguments in new[] { new[] { "-v", "target", "id" }, ["-v", "-tt", "target", "id"], ["-v", "-T", "target"] })
        {
            ProcessResult result = await route.SshAsync(arguments, default, agent.Environment);
            Assert.True(result.ExitStatus == 1, result + gateway.LogTail(40));
            Assert.Contains("ssh -A", result.ErrorText + result.OutputText, StringComparison.Ordinal);
            Assert.DoesNotContain(BreakIn, result.ErrorText, StringComparison.Ordinal);
        }

        ProcessResult forward = await route.SshAsync(["-W", $"127.0.0.1:{bed.UsersOnly.Port}", "target"], default, agent.Environment);
        Assert.Equal(255, forward.ExitStatus);
    }

    [GatewayFact]
    public async Task Without_an_agent_the_next_entry_is_tried()
    {
        (GatewayProcess gateway, Route route) = await bed.StartAsync("a-next", "[agent, key]", destination: bed.Destination);
        ProcessResult result = await route.SshAsync("target", "cat; exit 4");
        Assert.Equal(4, result.ExitStatus);
        await gateway.WaitForLogAsync("auth=key ssh-ed25519");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        Assert.Equal(5, (await route.SshAsync(["-A", "target", "exit 5"], default, agent.Environment)).ExitStatus);
        await gateway.WaitForLogAsync("auth=agent ssh-ed25519");
    }

    [GatewayFact]
    public async Task An_agent_whose_keys_the_destination_does_not_take_ends_in_words()
    {
        (_, Route route) = await bed.StartAsync("a-wrong", "[agent]");
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/other");
        SshAgent agent = await bed.StartAgentAsync(other.PrivateFile);
        ProcessResult result = await route.SshAsync(["-A", "target", "id"], default, agent.Environment);
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("accepts none of the gateway's credentials", result.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_key_that_forbids_agent_forwarding_does_not_lend_its_agent()
    {
        (_, Route route) = await bed.StartAsync("a-barred", "[agent]", keyOptions: "no-agent-forwarding");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        ProcessResult result = await route.SshAsync(["-A", "target", "id"], default, agent.Environment);
        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("accepts none of the gateway's credentials", result.ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task Sessions_that_share_a_connection_have_their_own_after_the_first()
    {
        (_, Route route) = await bed.StartAsync("a-mux", "[agent]");
        SshAgent agent = await bed.StartAgentAsync(bed.UserKey.PrivateFile);
        string socket = Path.Combine(route.NewFolder("m"), "s");
        await using ChildProcess master = ChildProcess.Start("ssh", ["-F", route.ConfigFile, "-A", "-M", "-N", "-S", socket, "target"], agent.Environment);
        await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
        ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => route.SshAsync(["-A", "-S", socket, "target", $"echo {i}; exit {i}"], default, agent.Environment)));
        Assert.Equal(["0\n", "1\n", "2\n", "3\n"], results.Select(result => result.OutputText));
        Assert.Equal([0, 1, 2, 3], results.Select(result => result.ExitStatus));
    }

    [GatewayFact]
    public async Task A_key_confined_to_this_way_signs_for_it_and_for_no_other()
    {
        (_, Route route) = await bed.StartAsync("a-bound", "[agent]");
        string gateway = $"[127.0.0.1]:{route.Port}";
        string known = bed.Folder.Write("known_hosts_bound", $"[127.0.0.1]:{bed.UsersOnly.Port} {bed.UsersOnly.HostKeys[0].PublicText}\n");
        SshAgent listed = await bed.StartAgentAsync("-H", route.KnownHosts, "-H", known, "-h", gateway, "-h", $"{gateway}>[127.0.0.1]:{bed.UsersOnly.Port}", bed.UserKey.PrivateFile);
        Assert.Equal(6, (await route.SshAsync(["-A", "target", "exit 6"], default, listed.Environment)).ExitStatus);
        SshAgent only = await bed.StartAgentAsync("-H", route.KnownHosts, "-h", gateway, bed.UserKey.PrivateFile);
        ProcessResult refused = await route.SshAsync(["-A", "target", "exit 6"], default, only.Environment);
        Assert.Equal(1, refused.ExitStatus);
    }
}
