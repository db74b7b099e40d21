using SshGateway.Replay.Follow;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests.Follow;

public sealed class FollowTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly SignallingStream _output = new();
    private readonly SignallingStream _errors = new();
    private readonly CancellationTokenSource _end = new();

    public void Dispose()
    {
        _end.Dispose();
        _output.Dispose();
        _errors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Records_appear_as_they_are_written_however_they_are_cut()
    {
        byte[] bytes = new DumpBytes().Output(1, "first").Add(2, DumpDescriptor.Input, "second").Output(3, "third").ToArray();
        string file = _folder.File("live.dump");
        await File.WriteAllBytesAsync(file, []);
        var growth = new ManualGrowth();
        Task<int> run = Start(growth, "-follow", file);
        foreach (byte value in bytes)
        {
            await growth.WaitingAsync();
            await AppendAsync(file, [value]);
            growth.Signal();
        }

        await _output.WaitForAsync("|third|");
        Assert.Equal((await CommandRun.OfAsync(file)).Output, _output.Text);
        Assert.Equal(0, await EndAsync(run));
    }

    [Fact]
    public async Task All_that_is_there_is_shown_before_waiting()
    {
        var growth = new ManualGrowth();
        byte[] bytes = new DumpBytes().Output(1, "first").Output(2, "second").ToArray();
        string file = _folder.File("live.dump");
        await File.WriteAllBytesAsync(file, bytes[..^3]);
        Task<int> run = Start(growth, "-follow", file);
        await growth.WaitingAsync();
        Assert.Contains("|first|", _output.Text, StringComparison.Ordinal);
        await AppendAsync(file, bytes[^3..]);
        growth.Signal();
        await growth.WaitingAsync();
        Assert.EndsWith("|second|\n\n", _output.Text, StringComparison.Ordinal);
        Assert.Equal(0, await EndAsync(run));
    }

    [Fact]
    public async Task A_live_session_is_played_without_its_waits()
    {
        var growth = new ManualGrowth();
        string file = new DumpBytes().Output(0, "long ago ").Output(100_000, "now ").ToFile(_folder.Path);
        Task<int> run = Start(growth, "-replay", "-follow", file);
        await growth.WaitingAsync();
        Assert.EndsWith("\nlong ago now ", _output.Text, StringComparison.Ordinal);
        await AppendAsync(file, new DumpBytes().Output(200_000, "later").ToArray()[DumpBytes.Header().Encode().Length..]);
        growth.Signal();
        await growth.WaitingAsync();
        Assert.EndsWith("\nlong ago now later", _output.Text, StringComparison.Ordinal);
        Assert.Equal(0, await EndAsync(run));
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_ends_it_with_an_error()
    {
        var growth = new ManualGrowth();
        string file = new DumpBytes().Output(1, "first").ToFile(_folder.Path);
        Task<int> run = Start(growth, "-follow", file);
        await growth.WaitingAsync();
        await File.WriteAllBytesAsync(file, [0, 1]);
        growth.Signal();
        Assert.Equal(1, await run.WaitAsync(Timeout));
        Assert.Contains("became shorter", _errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_in_the_same_file_is_followed_with_what_the_system_reports()
    {
        string file = _folder.File("live*?[x].dump");
        using var writer = new DumpWriter(new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0), DumpBytes.Header());
        writer.Flush();
        Task<int> run = Start(new FileGrowth(file), "-follow", "-export=text", file);
        for (int i = 0; i < 20; i++)
        {
            writer.Write(DumpBytes.StartNs, DumpDescriptor.Output, System.Text.Encoding.ASCII.GetBytes($"line {i}\n"));
            writer.Flush();
            await _output.WaitForAsync($"line {i}\n");
        }

        Assert.Equal(0, await EndAsync(run));
    }

    private Task<int> Start(IGrowth growth, params string[] arguments)
    {
        var environment = new ReplayEnvironment { Output = _output, Errors = _errors, Zone = TimeZoneInfo.Utc, WatchFile = _ => growth };
        return Task.Run(() => new ReplayCommand(environment).RunAsync(arguments, _end.Token));
    }

    private async Task<int> EndAsync(Task<int> run)
    {
        await _end.CancelAsync();
        return await run.WaitAsync(Timeout);
    }

    private static async Task AppendAsync(string file, byte[] bytes)
    {
        await using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        await stream.WriteAsync(bytes);
    }

    /// <summary>Growth that the test reports, and that tells the test when it is waited for.</summary>
    private sealed class ManualGrowth : IGrowth
    {
        private readonly SemaphoreSlim _waiting = new(0);
        private readonly SemaphoreSlim _changed = new(0);

        public async Task WaitingAsync() => Assert.True(await _waiting.WaitAsync(Timeout));

        public void Signal() => _changed.Release();

        public Task WaitAsync(CancellationToken cancellationToken)
        {
            _waiting.Release();
            return _changed.WaitAsync(cancellationToken);
        }

        public void Dispose()
        {
        }
    }
}
