using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests;

public sealed class ExitStatusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_good_file_gives_0() =>
        Assert.Equal(0, (await CommandRun.OfAsync(new DumpBytes().Output(1, "x").ToFile(_folder.Path))).Status);

    [Fact]
    public async Task A_file_that_is_not_there_gives_1_and_the_others_are_shown()
    {
        CommandRun run = await CommandRun.OfAsync(_folder.File("absent"), new DumpBytes("bob").ToFile(_folder.Path));
        Assert.Equal(1, run.Status);
        Assert.Equal($"sshgateway-replay: {_folder.File("absent")}: no such file\n", run.Errors);
        Assert.Contains("--> User:    bob\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_gives_1()
    {
        CommandRun run = await CommandRun.OfAsync(_folder.Path);
        Assert.Equal((1, $"sshgateway-replay: {_folder.Path}: is a directory\n"), (run.Status, run.Errors));
    }

    [Fact]
    public async Task A_truncated_file_gives_1_after_all_it_holds()
    {
        byte[] bytes = new DumpBytes().Output(1, "first").Output(2, "second").ToArray();
        string file = _folder.File("cut");
        await File.WriteAllBytesAsync(file, bytes[..^2]);
        CommandRun run = await CommandRun.OfAsync(file);
        Assert.Equal(1, run.Status);
        Assert.EndsWith(
            "[      +1.000000] [<--] 6 bytes\n00000000  73 65 63 6f                                       |seco|\n\n",
            run.Output, StringComparison.Ordinal);
        Assert.Contains("cut: 4 of 6 bytes", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-replay")]
    [InlineData("-export=text")]
    [InlineData("-export=asciicast")]
    [InlineData("-export=typescript")]
    [InlineData("-grep=first")]
    public async Task Every_action_gives_1_for_a_truncated_file_and_shows_what_it_holds(string action)
    {
        byte[] bytes = new DumpBytes().Output(1, "first\n").Output(1, "second").ToArray();
        string file = _folder.File("cut");
        await File.WriteAllBytesAsync(file, bytes[..^2]);
        CommandRun run = await CommandRun.OfAsync(action, file);
        Assert.Equal(1, run.Status);
        Assert.Contains("first", run.Output, StringComparison.Ordinal);
        Assert.Contains("cut: 4 of 6 bytes", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-bogus", "file")]
    [InlineData("-replay")]
    [InlineData("-speed", "2", "file")]
    public async Task Wrong_usage_gives_2_and_says_how_to_get_help(params string[] arguments)
    {
        CommandRun run = await CommandRun.OfAsync(arguments);
        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.EndsWith("\nTry 'sshgateway-replay -help'.\n", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-help", "usage: sshgateway-replay")]
    [InlineData("--version", "sshgateway-replay ")]
    public async Task Help_and_version_give_0(string option, string beginning)
    {
        CommandRun run = await CommandRun.OfAsync(option);
        Assert.Equal((0, ""), (run.Status, run.Errors));
        Assert.StartsWith(beginning, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_a_header_and_a_file_name_are_escaped()
    {
        string file = new DumpBytes("al\u001bice", "echo \u009b31m\nnext").ToFile(_folder.Path, "a\u001b[31m.dump");
        CommandRun run = await CommandRun.OfAsync(file);
        Assert.DoesNotContain(run.Output, c => char.IsControl(c) && c != '\n');
        Assert.Contains("--> User:    al\\x1bice\n--> From", run.Output, StringComparison.Ordinal);
        Assert.Contains("--> Command: echo \\u{9b}31m\\x0anext\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', (await CommandRun.OfAsync(file + "absent")).Errors);
    }
}
