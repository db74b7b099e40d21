using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>
/// Signals, breaks, window changes, modes, variables, exit signals: the destination is a server that tells every request it
/// gets, in order, because sshd keeps some to itself (and takes no signals for root).
/// </summary>
public sealed class RequestTests : IClassFixture<RequestTests.Bed>
{
    private readonly Bed _bed;

    public RequestTests(Bed bed) => _bed = bed;

    [Fact]
    public async Task Every_request_of_a_session_arrives_in_order_and_every_answer_comes_back()
    {
        Outcome direct = await _bed.CompareAsync(async route =>
        {
            int before = _bed.Recorder.Log.Count;
            ProcessResult result = await Python.RunClientAsync("session_requests.py", route);
            await Eventually.BecomesTrueAsync(
                () => _bed.Recorder.Log.Skip(before).Count(line => line.Contains("channel-closed", StringComparison.Ordinal)) >= 7, "all channels are closed");
            return route.Outcome(result).With("requests", string.Join('\n', _bed.Recorder.Log.Skip(before)));
        });
        Assert.Equal(0, direct.Status);
        Assert.Contains("\"name\": \"odd@example.org\"", direct.Text("requests"), StringComparison.Ordinal);
        Assert.Contains("\"99\": 77", direct.Text("requests"), StringComparison.Ordinal);
        Assert.Contains("signal TERM core the message b'ready\\n' b'' -1 ('TERM', True, 'the message', 'en')", direct.Text("stdout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_break_of_a_stock_client_arrives()
    {
        Outcome direct = await _bed.CompareAsync(async route =>
        {
            int before = _bed.Recorder.Log.Count;
            await using (PseudoTerminal terminal = route.StartSshOnTerminal(["-tt", "target", "wait"], 25, 81))
            {
                await terminal.WaitForAsync("ready");
                await terminal.TypeAsync("\r~B");
                await terminal.WaitForAsync("break");
                terminal.Resize(26, 82);
                await _bed.Recorder.WaitForLogAsync("window-change", before);
                await terminal.TypeAsync("\r~.");
                await terminal.WaitForExitAsync();
            }

            await _bed.Recorder.WaitForLogAsync("channel-closed", before);
            return Outcome.Of("requests", string.Join('\n', _bed.Recorder.Log.Skip(before)));
        });
        Assert.Contains("\"event\": \"break\"", direct.Text("requests"), StringComparison.Ordinal);
        Assert.Contains("[82, 26, 0, 0]", direct.Text("requests"), StringComparison.Ordinal);
    }

    /// <summary>Both routes lead to the recording server.</summary>
    public sealed class Bed : TestBed
    {
        internal ServerProcess Recorder { get; private set; } = null!;

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            int port = LoopbackPort.Free();
            Recorder = Own(await ServerProcess.StartAsync(
                Python.Interpreter, [Python.Script("recording_server.py"), port.ToString(), DestinationHostKeys[0].PrivateFile, AuthorizedKeys], port));
            await UseDestinationAsync(port);
        }
    }
}
