using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class MultiplexTests(TestBed bed)
{
    [Fact]
    public async Task Ten_sessions_share_a_connection_and_keep_apart()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using Master master = await Master.StartAsync(route);
            ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 10).Select(number =>
                master.RunAsync($"cat; seq {number} 30000 >&2; echo $SSH_CONNECTION | cut -d' ' -f1,3; exit {number}", SampleData.Random(200_000, number))));
            var outcome = new Outcome();
            for (int number = 0; number < results.Length; number++)
            {
                outcome.With($"{number} ", results[number]);
            }

            return outcome;
        });
        for (int number = 0; number < 10; number++)
        {
            Assert.Equal(number.ToString(), direct.Text($"{number} status"));
            Assert.Equal(SampleData.Random(200_000, number), direct.Bytes($"{number} stdout")[..200_000]);
        }
    }

    [Fact]
    public async Task Every_exit_status_from_0_to_255_arrives()
    {
        // Straight, a status is what it is; one connection carries all 256 sessions, eight at a time.
        await using Master master = await Master.StartAsync(bed.Gateway);
        var seen = new int[256];
        await Parallel.ForEachAsync(Enumerable.Range(0, 256), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (status, _) =>
            seen[status] = (await master.RunAsync($"exit {status}")).ExitStatus);
        Assert.Equal(Enumerable.Range(0, 256), seen);
    }

    [Fact]
    public async Task A_session_that_is_killed_leaves_the_others_alone()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using Master master = await Master.StartAsync(route);
            await using ChildProcess first = master.Start("echo ready; cat");
            await using ChildProcess second = master.Start("echo ready; cat");
            await first.ReadUntilAsync("ready\n");
            await second.ReadUntilAsync("ready\n");
            first.Signal(NativeMethods.SignalKill);
            await first.WaitForExitAsync();
            await second.FeedAsync("alive\n"u8.ToArray());
            return route.Outcome(await second.CompleteAsync());
        });
        Assert.Equal("alive\n", direct.Text("stdout"));
        Assert.Equal(0, direct.Status);
    }

    [Fact]
    public async Task Terminals_of_two_sessions_have_their_own_size()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using Master master = await Master.StartAsync(route);
            await using PseudoTerminal wide = route.StartSshOnTerminal(["-S", master.Socket, "-tt", "target", "echo ready; read x; stty size"], 20, 200);
            await using PseudoTerminal narrow = route.StartSshOnTerminal(["-S", master.Socket, "-tt", "target", "echo ready; read x; stty size"], 60, 40);
            // The sharing client makes its terminal raw only after the session has begun: line ends may come doubled.
            await wide.WaitForAsync("ready");
            await narrow.WaitForAsync("ready");
            await wide.TypeAsync("\n");
            await narrow.TypeAsync("\n");
            await wide.WaitForExitAsync();
            await narrow.WaitForExitAsync();
            return Outcome.Of("wide", wide.Transcript.Contains("20 200", StringComparison.Ordinal).ToString())
                .With("narrow", narrow.Transcript.Contains("60 40", StringComparison.Ordinal).ToString());
        });
        Assert.Equal(("True", "True"), (direct.Text("wide"), direct.Text("narrow")));
    }

    /// <summary>A client with a control socket that others share.</summary>
    private sealed class Master(Route route, string socket, ChildProcess process) : IAsyncDisposable
    {
        public string Socket => socket;

        public static async Task<Master> StartAsync(Route route)
        {
            string socket = Path.Combine(route.NewFolder("m"), "s");
            ChildProcess process = route.StartSsh("-M", "-N", "-S", socket, "target");
            await Eventually.BecomesTrueAsync(() => File.Exists(socket) || process.HasExited, "the control socket exists");
            return new Master(route, socket, process);
        }

        // ControlMaster=no and a socket: a client that could not use it would connect by itself, so BatchMode's -oProxyCommand=false forbids that.
        public Task<ProcessResult> RunAsync(string command, ReadOnlyMemory<byte> input = default) =>
            route.SshAsync(["-S", socket, "-o", "ProxyCommand=false", "target", command], input);

        public ChildProcess Start(string command) => route.StartSsh("-S", socket, "-o", "ProxyCommand=false", "target", command);

        public ValueTask DisposeAsync() => process.DisposeAsync();
    }
}
