using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests.Terminal;

/// <summary>However playing ends, the terminal is as it was.</summary>
public sealed class TerminalRestoreTests : IDisposable
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigQuit = 3;
    private const int SigTerm = 15;

    private readonly TemporaryFolder _folder = new();
    private readonly PseudoTerminal _terminal = new();

    public void Dispose()
    {
        _terminal.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(SigHup)]
    [InlineData(SigInt)]
    [InlineData(SigQuit)]
    [InlineData(SigTerm)]
    public async Task After_a_signal(int signal)
    {
        var before = _terminal.Settings;
        await PlayUntilStartedAsync();
        _terminal.Signal(signal);
        Assert.Equal(128 + signal, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
    }

    [Fact]
    public async Task After_Ctrl_C()
    {
        var before = _terminal.Settings;
        await PlayUntilStartedAsync();
        _terminal.Type("\u0003");
        Assert.Equal(128 + SigInt, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
    }

    [Fact]
    public async Task After_quitting()
    {
        var before = _terminal.Settings;
        await PlayUntilStartedAsync();
        _terminal.Type("q");
        Assert.Equal(0, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
    }

    [Fact]
    public async Task After_the_end_of_the_session()
    {
        var before = _terminal.Settings;
        await PlayUntilStartedAsync();
        // Three minutes on, and then nothing is left.
        _terminal.Type("\u001b[A\u001b[A\u001b[A");
        Assert.Equal(0, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
    }

    [Fact]
    public async Task After_pausing_seeking_and_going_on()
    {
        var before = _terminal.Settings;
        await PlayUntilStartedAsync();
        // Paused, a minute on and back, paused no more, and on to the end.
        _terminal.Type(" \u001b[A\u001b[B \u001b[A\u001b[A\u001b[A");
        await _terminal.WaitForAsync("late");
        Assert.Equal(0, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
    }

    [Fact]
    public async Task After_an_error()
    {
        var before = _terminal.Settings;
        byte[] bytes = Session().AddHead(171, 9, 0).ToArray();
        string file = _folder.File("damaged");
        await File.WriteAllBytesAsync(file, bytes);
        _terminal.Start("-replay", "-max-wait", "0", file);
        Assert.Equal(1, await _terminal.WaitForExitAsync());
        await AssertRestoredAsync(before);
        await _terminal.WaitForAsync("no record begins here");
        // The error is shown where it can be seen: on the ordinary screen.
        Assert.True(
            _terminal.Shown.IndexOf("no record", StringComparison.Ordinal) > _terminal.Shown.IndexOf("\u001b[?1049l", StringComparison.Ordinal));
    }

    private static DumpBytes Session() => new DumpBytes().Output(0, "\u001b[?1049h\u001b[?25lstarted").Output(170, "late");

    private async Task PlayUntilStartedAsync()
    {
        Assert.True(_terminal.IsCanonicalWithEcho);
        _terminal.Start("-replay", Session().ToFile(_folder.Path));
        await _terminal.WaitForAsync("started");
        Assert.False(_terminal.IsCanonicalWithEcho);
    }

    private async Task AssertRestoredAsync((uint Input, uint Output, uint Local, byte Minimum) before)
    {
        Assert.Equal(before, _terminal.Settings);
        await _terminal.WaitForAsync("\u001b[?25h\u001b[?1049l");
    }
}
