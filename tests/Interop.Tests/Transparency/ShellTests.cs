using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class ShellTests(TestBed bed)
{
    [Fact]
    public async Task A_shell_without_a_terminal_runs_what_is_piped_into_it()
    {
        byte[] script = Encoding.UTF8.GetBytes("echo \"hello $0\"; tty; echo problem >&2; exit 3\n");
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["-T", "target"], script)));
        Assert.Equal(3, direct.Status);
        Assert.Contains("not a tty", direct.Text("stdout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_shell_on_a_terminal_follows_the_size_of_the_window()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = route.StartSshOnTerminal(["target"], rows: 37, columns: 111);
            await terminal.TypeAsync("PS1= PROMPT_COMMAND= ; bind 'set enable-bracketed-paste off'; stty -echo; echo rea''dy\n");
            await terminal.WaitForAsync("ready\r\n");
            await terminal.TypeAsync("stty size; echo $TERM; test -n \"$SSH_TTY\" && tty | tr -d 0-9; echo en''d\n");
            string first = await terminal.WaitForAsync("end\r\n");
            await terminal.TypeAsync("trap 'stty size; echo re''sized' WINCH; echo rea''dy\n");
            await terminal.WaitForAsync("ready\r\n");
            terminal.Resize(50, 132);
            string second = await terminal.WaitForAsync("resized\r\n");
            await terminal.TypeAsync("exit 5\n");
            return Outcome.Of("first", first).With("second", second).With("status", (await terminal.WaitForExitAsync()).ToString());
        });
        Assert.StartsWith("37 111\r\nxterm-256color\r\n/dev/pts/", direct.Text("first"), StringComparison.Ordinal);
        Assert.Equal("50 132\r\n", direct.Text("second"));
        Assert.Equal(5, direct.Status);
    }

    [Fact]
    public async Task After_a_burst_of_window_changes_the_last_one_holds()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = route.StartSshOnTerminal(
                ["-tt", "target", "echo ready; until [ \"$(stty size)\" = '30 120' ]; do sleep 0.05; done; echo seen; read line; stty size"]);
            await terminal.WaitForAsync("ready\r\n");
            for (int columns = 81; columns <= 120; columns++)
            {
                terminal.Resize(30, columns);
            }

            await terminal.WaitForAsync("seen\r\n");
            await terminal.TypeAsync("now\n");
            await terminal.WaitForAsync("now\r\n");
            string size = await terminal.WaitForAsync("\r\n");
            return Outcome.Of("size", size).With("status", (await terminal.WaitForExitAsync()).ToString());
        });
        Assert.Equal("30 120", direct.Text("size"));
    }

    [Fact]
    public async Task The_modes_of_the_terminal_arrive()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = PseudoTerminal.Start(
                "bash",
                ["-c", "stty -echo intr ^X erase ^H eof ^E -ixon onocr tostop ispeed 9600 ospeed 9600; ssh -F $1 -tt target 'stty -a; exit 2'", "bash", route.ConfigFile]);
            int status = await terminal.WaitForExitAsync();
            return Outcome.Of("transcript", terminal.Transcript).With("status", status.ToString());
        });
        Assert.Contains("intr = ^X", direct.Text("transcript"), StringComparison.Ordinal);
        Assert.Contains("-ixon", direct.Text("transcript"), StringComparison.Ordinal);
        Assert.Equal(2, direct.Status);
    }

    [Fact]
    public async Task A_typed_interrupt_reaches_the_command()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = route.StartSshOnTerminal(
                ["-tt", "target", "trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done"]);
            await terminal.WaitForAsync("ready\r\n");
            await terminal.TypeAsync("\u0003");
            await terminal.WaitForAsync("interrupted\r\n");
            return Outcome.Of("status", (await terminal.WaitForExitAsync()).ToString());
        });
        Assert.Equal(9, direct.Status);
    }

    [Fact]
    public async Task A_transcript_on_a_terminal_is_the_same_byte_for_byte()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = route.StartSshOnTerminal(
                ["-tt", "target", "printf 'Grüße\\033[1m\\007\\n'; seq 1 3000; ls -d /etc/passwd /nonexistent; exit 8"]);
            int status = await terminal.WaitForExitAsync();
            return Outcome.Of("transcript", terminal.Transcript).With("status", status.ToString());
        });
        Assert.Contains("\r\n3000\r\n", direct.Text("transcript"), StringComparison.Ordinal);
        Assert.Contains("Connection to 127.0.0.1 closed.", direct.Text("transcript"), StringComparison.Ordinal);
        Assert.Equal(8, direct.Status);
    }

    [Fact]
    public async Task The_escape_that_ends_the_client_hangs_up_on_the_far_side()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string file = Path.Combine(route.NewFolder("hangup"), "file");
            await using PseudoTerminal terminal = route.StartSshOnTerminal(
                ["-tt", "target", $"trap 'echo hup > {file}.tmp; mv {file}.tmp {file}; exit' HUP; echo ready; while :; do sleep 0.05; done"]);
            await terminal.WaitForAsync("ready\r\n");
            await terminal.TypeAsync("\r~.");
            int status = await terminal.WaitForExitAsync();
            await Eventually.BecomesTrueAsync(() => File.Exists(file), "the command got SIGHUP");
            return Outcome.Of("status", status.ToString());
        });
        Assert.Equal(255, direct.Status);
    }
}
