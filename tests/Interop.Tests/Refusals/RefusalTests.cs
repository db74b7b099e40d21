using System.Diagnostics;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Refusals;

/// <summary>What the gateway says by itself: when a destination cannot be had, and when it ends.</summary>
public sealed class RefusalTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task When_no_destination_answers_the_user_reads_why_and_gets_status_1()
    {
        (GatewayProcess gateway, Route route) = await StartAsync("down", options => options with { Destinations = [$"127.0.0.1:{LoopbackPort.Free()}"] });
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.NotEmpty(result.ErrorText.Trim());
        Assert.False(gateway.HasExited);
    }

    [GatewayFact]
    public async Task When_no_destination_answers_a_shell_on_a_terminal_ends_with_the_reason()
    {
        (_, Route route) = await StartAsync("down-t", options => options with { Destinations = [$"127.0.0.1:{LoopbackPort.Free()}"] });
        await using PseudoTerminal terminal = route.StartSshOnTerminal(["target"]);
        int status = await terminal.WaitForExitAsync();
        Assert.Equal(1, status);
        Assert.True(terminal.Transcript.Length > "Connection to 127.0.0.1 closed.\r\n".Length + 10, terminal.Transcript);
    }

    [GatewayFact]
    public async Task The_next_destination_of_the_list_is_taken_when_the_first_is_down()
    {
        int down = LoopbackPort.Free();
        (_, Route route) = await StartAsync("next", options => options with { Destinations = [$"127.0.0.1:{down}", .. options.Destinations] });
        ProcessResult result = await route.SshAsync("target", "echo here; exit 3");
        Assert.True(result.ExitStatus == 3, result.ToString());
        Assert.Equal(("here\n", ""), (result.OutputText, result.ErrorText));
    }

    [GatewayFact]
    public async Task A_changed_host_key_of_the_destination_ends_the_session_with_both_fingerprints_in_the_log()
    {
        KeyPair other = await KeyPair.GenerateAsync(bed.Folder, "keys/other-host");
        (GatewayProcess gateway, Route route) = await StartAsync(
            "changed", options => options with { DestinationKnownHosts = KnownHosts("changed_hosts", other.PublicText) });
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.Contains("host key", result.ErrorText, StringComparison.OrdinalIgnoreCase);
        string presented = bed.Direct.Fingerprints.First().Fingerprint;
        await gateway.WaitForLogAsync(presented);
        Assert.Contains(gateway.Log, line => line.Contains(" error ", StringComparison.Ordinal) && line.Contains(presented, StringComparison.Ordinal));
    }

    [GatewayFact]
    public async Task An_unknown_host_key_of_the_destination_is_refused_too()
    {
        (_, Route route) = await StartAsync("unknown", options => options with { DestinationKnownHosts = bed.Folder.Write("no_hosts", "") });
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.Contains("host key", result.ErrorText, StringComparison.OrdinalIgnoreCase);
    }

    [GatewayFact]
    public async Task A_key_that_the_destination_does_not_accept_is_named_as_the_reason()
    {
        KeyPair stranger = await KeyPair.GenerateAsync(bed.Folder, "keys/stranger");
        (_, Route route) = await StartAsync("stranger", options => options with { DestinationKey = stranger.PrivateFile });
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.NotEmpty(result.ErrorText.Trim());
    }

    [GatewayFact]
    public async Task A_user_s_key_that_is_not_listed_gets_the_same_answer_as_from_sshd()
    {
        KeyPair unlisted = await KeyPair.GenerateAsync(bed.Folder, "keys/unlisted");
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.SshAsync("-o", $"IdentityFile={unlisted.PrivateFile}", "-F", UnlistedConfig(route, unlisted), "target", "echo never")));
        Assert.Equal(255, direct.Status);
        Assert.Contains("Permission denied (publickey)", direct.Text("stderr"), StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_banner_is_shown_before_authentication()
    {
        (_, Route route) = await StartAsync("banner", options => options with { ExtraLines = "banner: \"Authorised users only\\n\"\n" });
        ProcessResult result = await route.SshAsync("target", "echo in");
        Assert.Equal(("in\n", "Authorised users only\n"), (result.OutputText, result.ErrorText.ReplaceLineEndings("\n")));
    }

    [GatewayTheory]
    [InlineData("exec", "echo never")]
    [InlineData("shell", null)]
    [InlineData("pty", "-tt|echo never")]
    [InlineData("subsystems", "-s|reverse")]
    public async Task What_is_not_permitted_is_refused_and_the_rest_works(string permission, string? command)
    {
        (_, Route route) = await StartAsync($"p-{permission}", options => options with { ExtraLines = $"permit:\n  {permission}: false\n" });
        string[] parts = command?.Split('|') ?? [];
        string[] arguments = parts.Length == 2 ? [parts[0], "target", parts[1]] : ["target", .. parts];
        ProcessResult refused = await route.SshAsync(arguments);
        Assert.NotEqual("never\n", refused.OutputText.ReplaceLineEndings("\n"));
        Assert.True(refused.ExitStatus != 0 || permission == "pty", refused.ToString());
        ProcessResult other = permission == "exec"
            ? await route.SshAsync(["-T", "target"], "echo fine\n"u8.ToArray())
            : await route.SshAsync("target", "echo fine");
        Assert.Equal("fine\n", other.OutputText);
    }

    [GatewayFact]
    public async Task A_forward_that_is_not_permitted_is_refused_by_name()
    {
        (_, Route route) = await StartAsync("p-forward", options => options with { ExtraLines = "permit:\n  local_forward: false\n  remote_forward: false\n" });
        await using EchoServer echo = EchoServer.OnTcp();
        ProcessResult local = await route.SshAsync("-W", $"127.0.0.1:{echo.Port}", "target");
        Assert.Contains("administratively prohibited", local.ErrorText, StringComparison.Ordinal);
        ProcessResult remote = await route.SshAsync("-o", "ExitOnForwardFailure=yes", "-R", $"0:127.0.0.1:{echo.Port}", "target", "echo never");
        Assert.Equal((255, ""), (remote.ExitStatus, remote.OutputText));
        Assert.Equal(0, echo.Connections);
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
    }

    [GatewayFact]
    public async Task A_termination_ends_sessions_with_a_message_and_the_process_within_five_seconds()
    {
        (GatewayProcess gateway, Route route) = await StartAsync("term", options => options);
        await using ChildProcess ssh = route.StartSsh("target", "echo ready; cat");
        await ssh.ReadUntilAsync("ready\n");
        var clock = Stopwatch.StartNew();
        gateway.Signal(NativeMethods.SignalTerminate);
        int status = await gateway.WaitForExitAsync(TimeSpan.FromSeconds(15));
        TimeSpan taken = clock.Elapsed;
        ProcessResult result = await ssh.CompleteAsync();
        Assert.Equal(255, result.ExitStatus);
        Assert.Contains("Received disconnect from 127.0.0.1", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal(0, status);
        // The one limit on time that is a promise: a service manager kills what takes longer.
        Assert.InRange(taken.TotalSeconds, 0, 5);
    }

    private static string UnlistedConfig(Route route, KeyPair key)
    {
        string file = Path.Combine(route.NewFolder("unlisted"), "ssh_config");
        File.WriteAllText(file, File.ReadAllText(route.ConfigFile).Replace(route.Identity.PrivateFile, key.PrivateFile, StringComparison.Ordinal));
        return file;
    }

    private string KnownHosts(string name, string key) => bed.Folder.Write(name, $"[127.0.0.1]:{bed.Destination.Port} {key}\n");

    private async Task<(GatewayProcess Gateway, Route Route)> StartAsync(string name, Func<GatewayOptions, GatewayOptions> change)
    {
        GatewayOptions options = bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText));
        GatewayProcess gateway = await bed.StartGatewayAsync(change(options));
        return (gateway, bed.RouteThrough(gateway, name));
    }
}
