using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class ExecTests(TestBed bed)
{
    [Theory]
    [InlineData("echo out; echo err >&2; exit 7", 7)]
    [InlineData("printf 'no newline'", 0)]
    [InlineData("exit 0", 0)]
    [InlineData("exit 255", 255)]
    [InlineData("no-such-command", 127)]
    [InlineData("printf '\\000\\001\\377\\033[31m'", 0)]
    [InlineData("echo \"$SSH_ORIGINAL_COMMAND|$0|$-\"; pwd", 0)]
    [InlineData("for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 3", 3)]
    public async Task Output_error_output_and_status_of_a_command_are_the_same(string command, int status)
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", command)));
        Assert.Equal(status, direct.Status);
    }

    [Fact]
    public async Task A_command_is_bytes_and_not_text()
    {
        // Bytes that are no UTF-8 can only be written with a shell's help.
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.BashAsync("ssh -F $CONF target $'printf %s \\'\\xff\\xfe\\xc3\\'; echo \\x01 | od -c'")));
        Assert.Equal([0xff, 0xfe, 0xc3], direct.Bytes("stdout")[..3]);
    }

    [Fact]
    public async Task A_very_long_command_passes()
    {
        string text = new('x', 100_000);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", $"printf %s {text} | wc -c")));
        Assert.Equal("100000\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task Every_byte_value_comes_back_from_cat()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["target", "cat"], bytes)));
        Assert.Equal(bytes, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task Much_on_both_outputs_arrives_whole_and_apart()
    {
        const string Command = "(seq 1 200000 >&2) & seq 200001 400000; wait; exit 42";
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", Command)));
        Assert.Equal(42, direct.Status);
        Assert.Equal(200_000, direct.Text("stdout").Count(character => character == '\n'));
        Assert.StartsWith("1\n2\n", direct.Text("stderr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_follows_the_last_byte_of_output_in_every_one_of_many_runs()
    {
        // The error others make shows only now and then: output cut because the channel closed first.
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.BashAsync(
            "e=$(mktemp); for i in 1 2 3 4 5 6 7 8; do ssh -F $CONF target 'seq 1 20000; seq 1 500 >&2; exit 9' 2>$e | cksum; " +
            "echo ${PIPESTATUS[0]}; cksum < $e; done; rm $e")));
        Assert.Equal(8, direct.Text("stdout").Split('\n').Count(line => line == "9"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    [InlineData("SEGV")]
    public async Task A_command_that_died_of_a_signal_ends_the_client_in_the_same_way(string signal)
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", $"ulimit -c 0; kill -{signal} $$")));
        Assert.Equal(255, direct.Status);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("ABRT")]
    public async Task The_signal_itself_is_told_to_a_client_that_asks(string signal)
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await Python.RunClientAsync("exit_signal.py", route, $"ulimit -c 0; echo last words; kill -{signal} $$")));
        Assert.Contains($"('{signal}'", direct.Text("stdout"), StringComparison.Ordinal);
    }
}
