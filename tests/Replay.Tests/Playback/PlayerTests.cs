using System.Threading.Channels;
using SshGateway.Replay.Playback;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests.Playback;

public sealed class PlayerTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly Channel<PlayerKey> _keys = Channel.CreateUnbounded<PlayerKey>();
    private readonly SignallingStream _output = new();
    private readonly SignallingStream _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Records_come_when_their_time_has_come_the_first_at_once()
    {
        string file = new DumpBytes().Output(30, "a").Add(31, DumpDescriptor.Input, "typed").Output(33.5, "b").ToFile(_folder.Path);
        Task<int> run = Start("-replay", file);
        await ExpectWaitAsync(1_000);
        Assert.EndsWith("\na", _output.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ExpectWaitAsync(2_500);
        Assert.EndsWith("\na", _output.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal(0, await run.WaitAsync(Timeout));
        Assert.EndsWith("\nab", _output.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2", 5_000)]
    [InlineData("0.5", 20_000)]
    public async Task Speed_divides_the_waits(string speed, int milliseconds)
    {
        Task<int> run = Start("-replay", "-speed", speed, new DumpBytes().Output(0, "a").Output(10, "b").ToFile(_folder.Path));
        await ExpectWaitAsync(milliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task No_wait_is_longer_than_the_maximum()
    {
        Task<int> run = Start(
            "-replay", "-max-wait", "2s", new DumpBytes().Output(0, "a").Output(1, "b").Output(4000, "c").Output(4001, "d").ToFile(_folder.Path));
        foreach (int milliseconds in (int[])[1_000, 2_000, 1_000])
        {
            await ExpectWaitAsync(milliseconds);
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task A_clock_that_was_set_back_costs_no_wait()
    {
        Task<int> run = Start("-replay", new DumpBytes().Output(100, "a").Output(50, "b").Output(51, "c").ToFile(_folder.Path));
        await ExpectWaitAsync(1_000);
        Assert.EndsWith("\nab", _output.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task Centuries_between_two_records_break_no_timer()
    {
        byte[] bytes = new DumpBytes().Output(0, "a").Output(1, "b").ToArray();
        bytes[^14] = 0xff; // the highest byte of the second time
        string file = _folder.File("centuries");
        await File.WriteAllBytesAsync(file, bytes);
        Task<int> run = Start("-replay", "-speed", "0.001", file);
        await ExpectWaitAsync(86_400_000);
        await _keys.Writer.WriteAsync(PlayerKey.Quit);
        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task Error_output_goes_to_standard_error()
    {
        string file = new DumpBytes().Output(0, "out").Add(0, DumpDescriptor.ErrorOutput, "err").ToFile(_folder.Path);
        Assert.Equal(0, await Start("-replay", file).WaitAsync(Timeout));
        Assert.EndsWith("\nout", _output.Text, StringComparison.Ordinal);
        Assert.Equal("err", _errors.Text);
    }

    [Fact]
    public async Task Forward_shows_at_once_what_lies_between()
    {
        Task<int> run = Start("-replay", TenSeconds());
        await ExpectWaitAsync(1_000);
        await _keys.Writer.WriteAsync(PlayerKey.Forward);
        await ExpectWaitAsync(1_000);
        Assert.EndsWith("\n012345", _output.Text, StringComparison.Ordinal);
        await _keys.Writer.WriteAsync(PlayerKey.FarForward);
        Assert.Equal(0, await run.WaitAsync(Timeout));
        Assert.EndsWith("\n0123456789", _output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Back_plays_again_up_to_the_moment_five_seconds_ago()
    {
        Task<int> run = Start("-replay", TenSeconds());
        await ExpectWaitAsync(1_000);
        await _keys.Writer.WriteAsync(PlayerKey.Forward);
        await ExpectWaitAsync(1_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ExpectWaitAsync(1_000);
        Assert.EndsWith("\n0123456", _output.Text, StringComparison.Ordinal);
        await _keys.Writer.WriteAsync(PlayerKey.Back);
        await ExpectWaitAsync(1_000);
        Assert.Contains("0123456\u001b[H\u001b[2J--> Version: 1\n", _output.Text, StringComparison.Ordinal);
        Assert.EndsWith("--> Command: \n01", _output.Text, StringComparison.Ordinal);
        await _keys.Writer.WriteAsync(PlayerKey.Quit);
        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task Quit_ends_all_files_with_status_0()
    {
        string file = TenSeconds();
        Task<int> run = Start("-replay", file, file);
        await ExpectWaitAsync(1_000);
        await _keys.Writer.WriteAsync(PlayerKey.Quit);
        Assert.Equal(0, await run.WaitAsync(Timeout));
        Assert.EndsWith("\n0", _output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_file_begins_at_its_own_beginning()
    {
        string one = new DumpBytes().Output(0, "a").Output(1, "b").ToFile(_folder.Path, "one");
        string two = new DumpBytes().Output(0, "c").Output(2, "d").ToFile(_folder.Path, "two");
        Task<int> run = Start("-replay", one, two);
        await ExpectWaitAsync(1_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ExpectWaitAsync(2_000);
        Assert.EndsWith("\nc", _output.Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, await run.WaitAsync(Timeout));
    }

    [Fact]
    public async Task What_the_session_left_of_the_terminal_is_undone()
    {
        string file = new DumpBytes().Output(0, "\u001b[?1049h\u001b[?25l").ToFile(_folder.Path);
        Assert.Equal(0, await Start("-replay", file).WaitAsync(Timeout));
        Assert.Contains("\u001b[?25h\u001b[?1049l", _output.Text, StringComparison.Ordinal);
    }

    private string TenSeconds()
    {
        var dump = new DumpBytes();
        for (int i = 0; i < 10; i++) dump.Output(i, i.ToString());
        return dump.ToFile(_folder.Path);
    }

    private Task<int> Start(params string[] arguments)
    {
        var environment = new ReplayEnvironment
        {
            Output = _output,
            Errors = _errors,
            IsTerminal = true,
            Zone = TimeZoneInfo.Utc,
            Time = _time,
            ReadKeys = () => _keys.Reader,
        };
        return Task.Run(() => new ReplayCommand(environment).RunAsync(arguments, CancellationToken.None));
    }

    private async Task ExpectWaitAsync(int milliseconds) => Assert.Equal(milliseconds, (int)(await _time.NextWaitAsync()).TotalMilliseconds);
}
