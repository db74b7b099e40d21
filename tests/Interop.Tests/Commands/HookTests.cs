using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Commands;

/// <summary><c>blocking_command</c> and <c>bg_command</c>, with a real client and a real sshd.</summary>
public sealed class HookTests(CommandBed bed) : IClassFixture<CommandBed>
{
    private static bool IsAlive(string id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [GatewayFact]
    public async Task A_blocking_command_that_succeeds_is_shown_before_the_sessions_own_output()
    {
        (GatewayProcess gateway, Route route) = await bed.StartAsync(
            "b-good", "blocking_command: 'sh -c \"echo welcome $SSHGATEWAY_USER; echo from $SSH_CONNECTION >&2\"'\n");
        ProcessResult result = await route.SshAsync("target", "echo out; echo err >&2; exit 4");
        Assert.True(result.ExitStatus == 4, result.ToString());
        Assert.Equal("out\n", result.OutputText);
        string[] lines = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("err", lines[^1]);
        Assert.Contains($"welcome {Environment.UserName}", lines);
        Assert.Contains(lines, line => line.StartsWith("from 127.0.0.1 ", StringComparison.Ordinal) && line.EndsWith($" 127.0.0.1 {gateway.Port}", StringComparison.Ordinal));

        await using PseudoTerminal terminal = route.StartSshOnTerminal(["target", "echo program"]);
        Assert.Equal(0, await terminal.WaitForExitAsync());
        await using PseudoTerminal shell = route.StartSshOnTerminal(["-t", "target", "echo program"]);
        Assert.Equal(0, await shell.WaitForExitAsync());
        Assert.Contains($"welcome {Environment.UserName}\r\n", shell.Transcript, StringComparison.Ordinal);
        Assert.True(shell.Transcript.IndexOf("welcome", StringComparison.Ordinal) < shell.Transcript.IndexOf("program", StringComparison.Ordinal));
    }

    [GatewayFact]
    public async Task A_blocking_command_that_fails_ends_every_session_with_its_output_and_status()
    {
        (_, Route route) = await bed.StartAsync("b-bad", "blocking_command: \"sh -c 'echo come back later; exit 7'\"\n");
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((7, "", "come back later\n"), (result.ExitStatus, result.OutputText, result.ErrorText));
        ProcessResult sftp = await ChildProcess.RunAsync("sftp", ["-F", route.ConfigFile, "target"]);
        Assert.Contains("come back later", sftp.ErrorText, StringComparison.Ordinal);
        await using PseudoTerminal terminal = route.StartSshOnTerminal(["target"]);
        Assert.Equal(7, await terminal.WaitForExitAsync());
        Assert.Contains("come back later\r\n", terminal.Transcript, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_user_who_leaves_takes_the_blocking_command_along()
    {
        string file = bed.Folder["blocking-pid"];
        (_, Route route) = await bed.StartAsync("b-leave", $"blocking_command: \"sh -c 'echo $$ > {file}.new; mv {file}.new {file}; exec sleep 600'\"\n");
        await using ChildProcess ssh = route.StartSsh("target", "echo never");
        await Eventually.BecomesTrueAsync(() => File.Exists(file), "the command has started", TimeSpan.FromSeconds(60));
        string id = (await File.ReadAllTextAsync(file)).Trim();
        Assert.True(IsAlive(id));
        ssh.Signal(NativeMethods.SignalKill);
        await Eventually.BecomesTrueAsync(() => !IsAlive(id), "the command has ended", TimeSpan.FromSeconds(60));
    }

    [GatewayFact]
    public async Task A_background_command_lives_as_long_as_the_session_and_speaks_in_the_debug_log()
    {
        string file = bed.Folder["background-pid"];
        (GatewayProcess gateway, Route route) = await bed.StartAsync(
            "bg", $"bg_command: \"sh -c 'echo for $SSHGATEWAY_SID on $SSHGATEWAY_DEST; sleep 600 & echo $$ $! > {file}.new; mv {file}.new {file}; wait'\"\n");
        await using ChildProcess ssh = route.StartSsh("target", "echo ready; cat");
        await ssh.ReadUntilAsync("ready\n");
        await Eventually.BecomesTrueAsync(() => File.Exists(file), "the command has started", TimeSpan.FromSeconds(60));
        string[] ids = (await File.ReadAllTextAsync(file)).Trim().Split(' ');
        Assert.All(ids, id => Assert.True(IsAlive(id)));
        await gateway.WaitForLogAsync($" on {bed.FromSshd}");
        ssh.CloseInput();
        ProcessResult result = await ssh.CompleteAsync();
        Assert.Equal((0, ""), (result.ExitStatus, result.ErrorText));
        await Eventually.BecomesTrueAsync(() => !ids.Any(IsAlive), "the command has ended with all it had started", TimeSpan.FromSeconds(60));
    }

    [GatewayFact]
    public async Task A_gateway_that_stops_takes_the_background_commands_along()
    {
        string file = bed.Folder["stopping-pid"];
        (GatewayProcess gateway, Route route) = await bed.StartAsync("bg-stop", $"bg_command: \"sh -c 'echo $$ > {file}.new; mv {file}.new {file}; exec sleep 600'\"\n");
        await using ChildProcess ssh = route.StartSsh("target", "echo ready; cat");
        await ssh.ReadUntilAsync("ready\n");
        await Eventually.BecomesTrueAsync(() => File.Exists(file), "the command has started", TimeSpan.FromSeconds(60));
        gateway.Signal(NativeMethods.SignalTerminate);
        Assert.Equal(0, await gateway.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.False(IsAlive((await File.ReadAllTextAsync(file)).Trim()));
    }

    [GatewayFact]
    public async Task A_user_without_a_destination_sees_the_blocking_commands_output_too()
    {
        (_, Route route) = await bed.StartAsync("b-down", $"blocking_command: echo welcome\noverrides:\n  - match: [{{users: [{Environment.UserName}]}}]\n    dest: [\"127.0.0.1:{LoopbackPort.Free()}\"]\n");
        ProcessResult result = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (result.ExitStatus, result.OutputText));
        Assert.StartsWith("welcome\n", result.ErrorText, StringComparison.Ordinal);
        Assert.True(result.ErrorText.Length > "welcome\n".Length, result.ErrorText);
    }

    [GatewayFact]
    public async Task A_background_command_that_fails_disturbs_nobody()
    {
        (GatewayProcess gateway, Route route) = await bed.StartAsync("bg-bad", "bg_command: /does/not/exist\n");
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine; sleep 1")).OutputText);
        await gateway.WaitForLogAsync("status 127");
    }
}
