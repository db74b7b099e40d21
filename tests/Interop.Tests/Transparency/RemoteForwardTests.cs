using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>Connections that start at the destination: -R of ports and of socket files, and that they are released.</summary>
[Collection(ForwardCollection.Name)]
public sealed partial class RemoteForwardTests(TestBed bed)
{
    private static readonly byte[] Data = SampleData.Random(3_000_000);

    [Fact]
    public async Task A_far_port_of_the_destination_s_choice_is_told_served_and_released()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using ChildProcess ssh = ChildProcess.Start(
                "bash", ["-c", "ssh -F $0 -R 0:127.0.0.1:$1 target 'echo ready; cat' 2>&1", route.ConfigFile, echo.Port.ToString(CultureInfo.InvariantCulture)]);
            string said = await ssh.ReadUntilAsync("ready\n");
            var far = new IPEndPoint(IPAddress.Loopback, int.Parse(AllocatedPort().Match(said).Groups[1].Value, CultureInfo.InvariantCulture));
            byte[] back = await EchoServer.ExchangeAsync(far, Data);
            byte[][] several = await Task.WhenAll(Enumerable.Range(1, 8).Select(seed => EchoServer.ExchangeAsync(far, SampleData.Random(50_000, seed))));
            ssh.CloseInput();
            int status = await ssh.WaitForExitAsync();
            await BecomesFreeAsync(far);
            return Outcome.Of("same", back.AsSpan().SequenceEqual(Data).ToString())
                .With("several", several.All(bytes => bytes.Length == 50_000).ToString())
                .With("status", status.ToString(CultureInfo.InvariantCulture));
        });
        Assert.Equal("True", direct.Text("same"));
        Assert.Equal("True", direct.Text("several"));
        Assert.Equal(0, direct.Status);
    }

    [Fact]
    public async Task A_far_port_that_is_taken_is_refused()
    {
        await using EchoServer taken = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(
            "-o", "ExitOnForwardFailure=no", "-R", $"127.0.0.1:{taken.Port}:127.0.0.1:9", "target", "echo done")));
        Assert.Equal("done\n", direct.Text("stdout"));
        Assert.Contains("remote port forwarding failed", direct.Text("stderr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwards_are_added_and_cancelled_through_the_control_socket()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string socket = Path.Combine(route.NewFolder("c"), "s");
            await using ChildProcess master = route.StartSsh("-M", "-N", "-S", socket, "target");
            await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
            var far = new IPEndPoint(IPAddress.Loopback, LoopbackPort.Free());
            string forward = $"127.0.0.1:{far.Port}:127.0.0.1:{echo.Port}";
            ProcessResult added = await route.SshAsync("-S", socket, "-O", "forward", "-R", forward, "target");
            byte[] back = await EchoServer.ExchangeAsync(far, Data);
            ProcessResult cancelled = await route.SshAsync("-S", socket, "-O", "cancel", "-R", forward, "target");
            await BecomesFreeAsync(far);
            ProcessResult dynamic = await route.SshAsync("-S", socket, "-O", "forward", "-R", $"0:127.0.0.1:{echo.Port}", "target");
            var second = new IPEndPoint(IPAddress.Loopback, int.Parse(dynamic.OutputText, CultureInfo.InvariantCulture));
            byte[] again = await EchoServer.ExchangeAsync(second, Data);
            ProcessResult stopped = await route.SshAsync("-S", socket, "-O", "exit", "target");
            await BecomesFreeAsync(second);
            return Outcome.Of("same", back.AsSpan().SequenceEqual(Data).ToString())
                .With("again", again.AsSpan().SequenceEqual(Data).ToString())
                .With("added ", added)
                .With("cancelled ", cancelled)
                .With("dynamic", dynamic.ExitStatus.ToString(CultureInfo.InvariantCulture))
                .With("stopped ", stopped);
        });
        Assert.Equal("True", direct.Text("same"));
        Assert.Equal("True", direct.Text("again"));
        Assert.Equal("0", direct.Text("cancelled status"));
    }

    [Fact]
    public async Task A_far_socket_file_reaches_a_local_one_and_is_cancelled()
    {
        string local = bed.Folder["local.sock"];
        await using EchoServer echo = EchoServer.OnSocketFile(local);
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string folder = route.NewFolder("r");
            string socket = $"{folder}/s";
            await using ChildProcess master = route.StartSsh("-M", "-N", "-S", socket, "-R", $"{folder}/far:{local}", "target");
            byte[] back = await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint($"{folder}/far"), Data);
            await Eventually.BecomesTrueAsync(() => File.Exists(socket), "the control socket exists");
            ProcessResult cancelled = await route.SshAsync("-S", socket, "-O", "cancel", "-R", $"{folder}/far:{local}", "target");
            return Outcome.Of("same", back.AsSpan().SequenceEqual(Data).ToString()).With("cancelled", cancelled.ExitStatus.ToString(CultureInfo.InvariantCulture));
        });
        Assert.Equal("True", direct.Text("same"));
    }

    [Fact]
    public async Task A_forward_to_a_closed_local_port_ends_the_far_connection()
    {
        int closed = LoopbackPort.Free();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            int far = LoopbackPort.Free();
            await using ChildProcess ssh = route.StartSsh("-R", $"127.0.0.1:{far}:127.0.0.1:{closed}", "target", "echo ready; cat");
            await ssh.ReadUntilAsync("ready\n");
            byte[] nothing = await EchoServer.ExchangeAsync(new IPEndPoint(IPAddress.Loopback, far), ReadOnlyMemory<byte>.Empty);
            await ssh.FeedAsync("on\n"u8.ToArray());
            ProcessResult result = await ssh.CompleteAsync();
            return Outcome.Of("nothing", nothing.Length.ToString(CultureInfo.InvariantCulture)).With("stdout", result.Output).With("status", result.ExitStatus.ToString(CultureInfo.InvariantCulture));
        });
        Assert.Equal("0", direct.Text("nothing"));
        Assert.Equal("on\n", direct.Text("stdout"));
    }

    private static async Task BecomesFreeAsync(IPEndPoint endPoint) =>
        await Eventually.BecomesTrueAsync(() => LoopbackPort.CanBind(endPoint.Port), $"{endPoint} is released");

    [GeneratedRegex(@"Allocated port (\d+) for remote forward")]
    private static partial Regex AllocatedPort();
}
