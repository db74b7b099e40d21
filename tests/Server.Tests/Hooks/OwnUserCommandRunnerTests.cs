using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Hooks;
using Xunit;

namespace SshGateway.Server.Tests.Hooks;

public sealed class OwnUserCommandRunnerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _spoke = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static HookCommand Command(params string[] words) => new()
    {
        SessionId = "00AA11BB22",
        User = "somebody",
        Words = words,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin", ["MARK"] = "yes" },
    };

    private async Task<int> RunAsync(HookCommand command, TimeSpan? grace = null, CancellationToken cancellationToken = default)
    {
        var runner = new OwnUserCommandRunner(new HookLimits { Grace = grace ?? TimeSpan.FromSeconds(30) }, NullLogger.Instance);
        return await runner.RunAsync(
            command,
            bytes =>
            {
                _output.Append(Encoding.UTF8.GetString(bytes));
                if (bytes.Contains((byte)'\n')) _spoke.TrySetResult();
            },
            cancellationToken).WaitAsync(Patience, CancellationToken.None);
    }

    private static bool IsAlive(string id)
    {
        string status = $"/proc/{id.Trim()}/stat";
        try
        {
            // A zombie whose new parent has not come by yet is no life.
            return !File.ReadAllText(status).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [Fact]
    public async Task Both_outputs_and_the_status_come_back()
    {
        Assert.Equal(3, await RunAsync(Command("sh", "-c", "echo out; echo err >&2; exit 3")));
        Assert.Equal(["err", "out"], _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task The_environment_is_what_was_given_and_nothing_of_the_gateways()
    {
        await RunAsync(Command("env"));
        string[] names = [.. _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]).Order()];
        Assert.Equal(["MARK", "PATH"], names);
    }

    [Fact]
    public async Task No_shell_looks_at_the_words()
    {
        Assert.Equal(0, await RunAsync(Command("printf", "%s\\n", "$MARK", "*", "; id", "-x")));
        Assert.Equal("$MARK\n*\n; id\n-x\n", _output.ToString());
    }

    [Fact]
    public async Task Its_input_is_empty() => Assert.Equal(0, await RunAsync(Command("cat")));

    [Theory]
    [InlineData("/does/not/exist", 127)]
    [InlineData("/etc/passwd", 126)]
    public async Task A_program_that_cannot_be_run_is_a_status_and_a_line(string program, int expected)
    {
        Assert.Equal(expected, await RunAsync(Command(program)));
        Assert.Contains(program, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_is_128_and_its_number() => Assert.Equal(128 + 9, await RunAsync(Command("sh", "-c", "kill -9 $$")));

    [Fact]
    public async Task Cancelling_ends_the_command_and_all_it_has_started()
    {
        using var cancel = new CancellationTokenSource();
        Task<int> running = RunAsync(Command("sh", "-c", "sleep 300 & echo $$ $!; wait"), cancellationToken: cancel.Token);
        await _spoke.Task.WaitAsync(Patience);
        string[] ids = _output.ToString().Split(' ');
        Assert.All(ids, id => Assert.True(IsAlive(id)));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(ids, id => Assert.False(IsAlive(id), id));
    }

    [Fact]
    public async Task A_command_that_ignores_the_first_signal_is_killed()
    {
        using var cancel = new CancellationTokenSource();
        Task<int> running = RunAsync(Command("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 0.1; done"), TimeSpan.FromMilliseconds(300), cancel.Token);
        await _spoke.Task.WaitAsync(Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(IsAlive(_output.ToString()));
    }

    [Fact]
    public async Task What_a_command_leaves_behind_in_its_group_ends_with_it()
    {
        Assert.Equal(0, await RunAsync(Command("sh", "-c", "sleep 300 & echo $!")));
        Assert.True(int.Parse(_output.ToString(), CultureInfo.InvariantCulture) > 0);
        Assert.False(IsAlive(_output.ToString()));
    }
}
