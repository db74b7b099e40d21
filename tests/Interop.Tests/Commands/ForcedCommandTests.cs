using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Commands;

/// <summary>What is started in place of what a user asks for, with a real client and a real sshd.</summary>
public sealed class ForcedCommandTests(CommandBed bed) : IClassFixture<CommandBed>
{
    private const string TellAsked = "echo \"forced [$SSH_ORIGINAL_COMMAND] $WHO\"";

    [GatewayFact]
    public async Task The_routes_forced_command_runs_for_every_session_and_knows_what_was_asked_for()
    {
        (_, Route route) = await bed.StartAsync(
            "forced", $"force_command: '{TellAsked}'\nenvironment: {{WHO: \"{{user}} at {{host}}\"}}\n", "command=\"echo never\",environment=\"WHO=me\"");
        string who = $"{Environment.UserName} at 127.0.0.1";
        ProcessResult exec = await route.SshAsync("target", "id; rm x");
        Assert.Equal((0, $"forced [id; rm x] {who}\n"), (exec.ExitStatus, exec.OutputText));
        Assert.Equal($"forced [] {who}\n", (await route.SshAsync(["-T", "target"], "echo never\n"u8.ToArray())).OutputText);
        Assert.Equal($"forced [reverse] {who}\n", (await route.SshAsync("-s", "target", "reverse")).OutputText);
        ProcessResult forged = await route.SshAsync("-o", "SetEnv=SSH_ORIGINAL_COMMAND=forged WHO=forged", "-T", "target");
        Assert.Equal($"forced [] {who}\n", forged.OutputText);

        string socket = Path.Combine(route.NewFolder("m"), "s");
        await using ChildProcess master = route.StartSsh("-M", "-N", "-S", socket, "target");
        await Eventually.BecomesTrueAsync(() => File.Exists(socket) || master.HasExited, "the control socket exists");
        foreach (string asked in new[] { "first", "second" })
        {
            ProcessResult shared = await route.SshAsync("-S", socket, "-o", "ProxyCommand=false", "target", asked);
            Assert.Equal($"forced [{asked}] {who}\n", shared.OutputText);
        }
    }

    [GatewayFact]
    public async Task Sftp_and_scp_do_not_get_around_a_forced_command()
    {
        (_, Route route) = await bed.StartAsync("forced-copy", "force_command: 'echo no copies >&2; exit 9'\n");
        string file = Path.Combine(route.NewFolder("copy"), "file");
        await File.WriteAllTextAsync(file, "secret");
        ProcessResult scp = await ChildProcess.RunAsync("scp", ["-F", route.ConfigFile, $"target:{file}", file + ".got"]);
        Assert.NotEqual(0, scp.ExitStatus);
        Assert.Contains("no copies", scp.ErrorText, StringComparison.Ordinal);
        Assert.False(File.Exists(file + ".got"));
    }

    [GatewayFact]
    public async Task A_command_that_must_match_is_run_and_any_other_refused()
    {
        (_, Route route) = await bed.StartAsync("match", "force_command: echo fine\ncommand_must_match: true\n");
        Assert.Equal("fine\n", (await route.SshAsync("target", "echo fine")).OutputText);
        foreach (string[] arguments in new[] { new[] { "target", "echo fine " }, ["-T", "target"], ["-s", "target", "reverse"] })
        {
            ProcessResult refused = await route.SshAsync(arguments, "echo never\n"u8.ToArray());
            Assert.Equal("", refused.OutputText);
            Assert.NotEqual(0, refused.ExitStatus);
        }
    }

    [GatewayFact]
    public async Task Commands_are_translated_exactly_to_commands_subsystems_and_terminals()
    {
        (_, Route route) = await bed.StartAsync(
            "translate",
            """
            translate_commands:
              whoami: {command: "echo nobody"}
              turn: {ssh_args: [-s], command: reverse, disable_dump: true}
              /usr/lib/openssh/sftp-server: {ssh_args: [-oForwardAgent=no, -s], command: sftp}
              screen: {ssh_args: [-tt, -oSetEnv=A=translated], command: "test -t 1 && echo $A on $TERM"}

            """);
        Assert.Equal("nobody\n", (await route.SshAsync("target", "whoami")).OutputText);
        Assert.Equal(Environment.UserName + "\n", (await route.SshAsync("target", "whoami ")).OutputText);
        Assert.Equal("cba\n", (await route.SshAsync(["target", "turn"], "abc\n"u8.ToArray())).OutputText);
        Assert.Equal("translated on dumb\r\n", (await route.SshAsync("target", "screen")).OutputText);
        string file = Path.Combine(route.NewFolder("sftp"), "file");
        await File.WriteAllTextAsync(file, "content");
        ProcessResult sftp = await ChildProcess.RunAsync("sftp", ["-F", route.ConfigFile, "-q", $"target:{file}", file + ".got"]);
        Assert.True(sftp.ExitStatus == 0, sftp.ToString());
        Assert.Equal("content", await File.ReadAllTextAsync(file + ".got"));
    }

    [GatewayFact]
    public async Task The_options_of_a_users_key_hold()
    {
        (_, Route route) = await bed.StartAsync(
            "key",
            "permit: {user_environment: [LC_*]}\n",
            $"restrict,port-forwarding,permitopen=\"{bed.FromSshd}\",permitlisten=\"localhost:1\",command=\"echo \\\"$SSH_ORIGINAL_COMMAND $LC_A $OTHER\\\"\",environment=\"LC_A=a\",environment=\"OTHER=o\"");
        Assert.Equal("asked a \n", (await route.SshAsync("target", "asked")).OutputText);
        ProcessResult terminal = await route.SshAsync("-tt", "target", "asked");
        Assert.Contains("PTY allocation request failed", terminal.ErrorText, StringComparison.Ordinal);

        ProcessResult listed = await route.SshAsync(["-W", bed.FromSshd, "target"], "\n"u8.ToArray());
        Assert.StartsWith("SSH-2.0-", listed.OutputText, StringComparison.Ordinal);
        await using EchoServer echo = EchoServer.OnTcp();
        ProcessResult unlisted = await route.SshAsync("-W", $"127.0.0.1:{echo.Port}", "target");
        Assert.Contains("administratively prohibited", unlisted.ErrorText, StringComparison.Ordinal);
        ProcessResult listen = await route.SshAsync("-o", "ExitOnForwardFailure=yes", "-R", $"localhost:0:127.0.0.1:{echo.Port}", "target");
        Assert.Equal((255, ""), (listen.ExitStatus, listen.OutputText));
        Assert.Equal(0, echo.Connections);
    }

    [GatewayFact]
    public async Task Without_permission_the_variables_of_a_users_key_do_not_go_along()
    {
        (_, Route route) = await bed.StartAsync("key-env", "", "environment=\"LC_A=a\"");
        Assert.Equal("[]\n", (await route.SshAsync("target", "echo [$LC_A]")).OutputText);
    }
}
