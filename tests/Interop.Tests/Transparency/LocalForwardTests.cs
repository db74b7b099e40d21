using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>Connections that start at the client: -L, -D, -W, -J, socket files.</summary>
[Collection(ForwardCollection.Name)]
public sealed class LocalForwardTests(TestBed bed)
{
    private static readonly byte[] Data = SampleData.Random(3_000_000);

    [Fact]
    public async Task Connections_to_a_local_port_reach_the_far_one()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            int port = LoopbackPort.Free();
            await using ChildProcess ssh = route.StartSsh("-N", "-L", $"127.0.0.1:{port}:127.0.0.1:{echo.Port}", "target");
            var local = new IPEndPoint(IPAddress.Loopback, port);
            byte[] first = await EchoServer.ExchangeAsync(local, Data);
            byte[][] several = await Task.WhenAll(Enumerable.Range(1, 8).Select(seed => EchoServer.ExchangeAsync(local, SampleData.Random(100_000, seed))));
            return Outcome.Of("first", first.AsSpan().SequenceEqual(Data).ToString())
                .With("several", several.Select((bytes, index) => bytes.AsSpan().SequenceEqual(SampleData.Random(100_000, index + 1))).All(same => same).ToString());
        });
        Assert.Equal("True", direct.Text("first"));
        Assert.Equal("True", direct.Text("several"));
    }

    [Fact]
    public async Task A_refused_far_port_is_reported_and_the_session_goes_on()
    {
        int closed = LoopbackPort.Free();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            int port = LoopbackPort.Free();
            await using ChildProcess ssh = route.StartSsh("-L", $"127.0.0.1:{port}:127.0.0.1:{closed}", "target", "echo ready; cat");
            await ssh.ReadUntilAsync("ready\n");
            byte[] nothing = await EchoServer.ExchangeAsync(new IPEndPoint(IPAddress.Loopback, port), ReadOnlyMemory<byte>.Empty);
            await ssh.FeedAsync("still here\n"u8.ToArray());
            return route.Outcome(await ssh.CompleteAsync()).With("nothing", nothing);
        });
        Assert.Equal("still here\n", direct.Text("stdout"));
        Assert.Contains("open failed: connect failed: Connection refused", direct.Text("stderr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_and_output_are_forwarded_with_W()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["-W", $"127.0.0.1:{echo.Port}", "target"], Data)));
        Assert.Equal(Data, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task A_dynamic_forward_is_a_socks_server()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            int port = LoopbackPort.Free();
            await using ChildProcess ssh = route.StartSsh("-N", "-D", $"127.0.0.1:{port}", "target");
            using Socket socket = await EchoServer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await SocksAsync(socket, "localhost", echo.Port);
            using var deadline = new CancellationTokenSource(ChildProcess.DefaultTimeout);
            byte[] back = await EchoServer.ExchangeAsync(socket, Data, deadline.Token);
            return Outcome.Of("same", back.AsSpan().SequenceEqual(Data).ToString());
        });
        Assert.Equal("True", direct.Text("same"));
    }

    [Fact]
    public async Task The_target_serves_as_a_jump_host()
    {
        byte[] input = SampleData.Random(500_000, seed: 4);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(
            ["-J", "target", "-p", bed.Destination.Port.ToString(), "-o", $"UserKnownHostsFile={bed.Direct.KnownHosts}", "127.0.0.1", "cat; echo inner >&2; exit 11"],
            input)));
        Assert.Equal(11, direct.Status);
        Assert.Equal(input, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task An_ssh_inside_a_session_reaches_the_next_host()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.SshAsync(["target", $"ssh -F {bed.Direct.ConfigFile} target 'cat; exit 12'"], "nested\n"u8.ToArray())));
        Assert.Equal(12, direct.Status);
        Assert.Equal("nested\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task A_local_socket_file_reaches_a_far_one_and_a_far_port()
    {
        string far = bed.Folder["far.sock"];
        await using EchoServer echo = EchoServer.OnSocketFile(far);
        await using EchoServer tcp = EchoServer.OnTcp();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string folder = route.NewFolder("l");
            await using ChildProcess ssh = route.StartSsh(
                "-N", "-L", $"{folder}/a:{far}", "-L", $"{folder}/b:127.0.0.1:{tcp.Port}", "-L", $"{folder}/c:{folder}/missing", "target");
            byte[] files = await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint($"{folder}/a"), Data);
            byte[] port = await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint($"{folder}/b"), Data);
            byte[] missing = await EchoServer.ExchangeAsync(new UnixDomainSocketEndPoint($"{folder}/c"), ReadOnlyMemory<byte>.Empty);
            return Outcome.Of("files", files.AsSpan().SequenceEqual(Data).ToString())
                .With("port", port.AsSpan().SequenceEqual(Data).ToString())
                .With("missing", missing);
        });
        Assert.Equal("True", direct.Text("files"));
        Assert.Equal("True", direct.Text("port"));
    }

    private static async Task SocksAsync(Socket socket, string host, int port)
    {
        byte[] request = [5, 1, 0, 3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host), 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(^2), (ushort)port);
        await using var stream = new NetworkStream(socket);
        byte[] reply = new byte[10];
        await stream.WriteAsync((byte[])[5, 1, 0]);
        await stream.ReadExactlyAsync(reply.AsMemory(0, 2)).AsTask().WaitAsync(ChildProcess.DefaultTimeout);
        await stream.WriteAsync(request);
        await stream.ReadExactlyAsync(reply).AsTask().WaitAsync(ChildProcess.DefaultTimeout);
        Assert.Equal(0, reply[1]);
    }
}
