using System.Net;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Clients;

/// <summary>A destination that is not OpenSSH: other windows, other extensions, another order of messages.</summary>
public sealed class DropbearDestinationTests(DropbearDestinationTests.Bed bed) : IClassFixture<DropbearDestinationTests.Bed>
{
    [Theory]
    [InlineData("echo out; echo err >&2; exit 7", 7)]
    [InlineData("seq 1 100000; seq 1 5000 >&2; exit 3", 3)]
    public async Task Commands_end_with_all_output_and_their_status(string command, int status)
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", command)));
        Assert.Equal(status, direct.Status);
    }

    [Fact]
    public async Task Two_mebibytes_come_back_from_cat()
    {
        byte[] input = SampleData.Random(2 << 20);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["target", "cat"], input)));
        Assert.Equal(input, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task A_terminal_follows_the_window()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using PseudoTerminal terminal = route.StartSshOnTerminal(
                ["-tt", "target", "trap 'stty size; echo resized' WINCH; stty size; echo ready; while ! read -t 0.1 x; do :; done; exit 5"], 31, 99);
            string first = await terminal.WaitForAsync("ready\r\n");
            terminal.Resize(40, 100);
            string second = await terminal.WaitForAsync("resized\r\n");
            await terminal.TypeAsync("\n");
            return Outcome.Of("first", first).With("second", second).With("status", (await terminal.WaitForExitAsync()).ToString());
        });
        Assert.Equal(("31 99\r\n", "40 100\r\n", 5), (direct.Text("first"), direct.Text("second"), direct.Status));
    }

    [Fact]
    public async Task Files_are_copied_with_the_old_protocol_and_with_rsync()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("copies");
            SampleData.WriteTree(Directory.CreateDirectory(Path.Combine(root, "source")).FullName);
            ProcessResult scp = await ChildProcess.RunAsync("scp", ["-O", "-F", route.ConfigFile, "-p", "-r", $"{root}/source", $"target:{root}/scp"]);
            ProcessResult rsync = await ChildProcess.RunAsync("rsync", ["-a", "-e", route.SshCommand, $"target:{root}/scp/", $"{root}/rsync"]);
            return route.Outcome(scp).With("rsync ", rsync).WithFolder("files", root, times: true);
        });
        Assert.Equal((0, "0"), (direct.Status, direct.Text("rsync status")));
    }

    [Fact]
    public async Task Forwards_work_both_ways_and_several_sessions_share_a_connection()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        byte[] data = SampleData.Random(500_000);
        Outcome direct = await bed.CompareAsync(async route =>
        {
            var near = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Free());
            var far = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Free());
            string socket = Path.Combine(route.NewFolder("s"), "s");
            await using ChildProcess master = route.StartSsh(
                "-M", "-N", "-S", socket, "-L", $"{near.Port}:127.0.0.1:{echo.Port}", "-R", $"127.0.0.1:{far.Port}:127.0.0.1:{echo.Port}", "target");
            byte[] there = await EchoServer.ExchangeAsync(near, data);
            byte[] back = await EchoServer.ExchangeAsync(far, data);
            await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");

            // All five are there before one ends: dropbear itself loses sessions whose commands end while others start.
            ChildProcess[] sessions =
                [.. Enumerable.Range(0, 5).Select(number => route.StartSsh("-S", socket, "-o", "ProxyCommand=false", "target", $"echo ready; cat; exit {number}"))];
            await Task.WhenAll(sessions.Select(session => session.ReadUntilAsync("ready\n")));
            var outcome = new Outcome();
            for (int number = 0; number < sessions.Length; number++)
            {
                await using ChildProcess session = sessions[number];
                await session.FeedAsync(SampleData.Random(50_000, number));
                outcome.With($"{number} ", await session.CompleteAsync());
            }

            return outcome
                .With("there", there.AsSpan().SequenceEqual(data).ToString())
                .With("back", back.AsSpan().SequenceEqual(data).ToString());
        });
        Assert.Equal("4", direct.Text("4 status"));
        Assert.Equal(SampleData.Random(50_000, 4), direct.Bytes("4 stdout"));
        Assert.Equal(("True", "True"), (direct.Text("there"), direct.Text("back")));
    }

    [Fact]
    public async Task A_command_killed_by_a_signal_is_told()
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await Python.RunClientAsync("exit_signal.py", route, "kill -TERM $$")));
        Assert.Contains("'TERM'", direct.Text("stdout"), StringComparison.Ordinal);
    }

    public sealed class Bed : TestBed
    {
        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            DropbearServer dropbear = Own(await DropbearServer.StartAsync(Folder, UserKey, GatewayKey));
            await UseDestinationAsync(dropbear.Port, [dropbear.HostKey]);
        }
    }
}
