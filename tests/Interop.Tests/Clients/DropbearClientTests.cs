using System.Net;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Clients;

[Collection(ClientCollection.Name)]
public sealed class DropbearClientTests(TestBed bed)
{
    [Fact]
    public async Task A_command_s_output_error_output_and_status_are_the_same()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await DropbearClient.RunAsync(bed, route, [], "echo out; echo err >&2; exit 9")));
        Assert.Equal(("out\n", 9), (direct.Text("stdout"), direct.Status));
    }

    [Fact]
    public async Task A_mebibyte_comes_back_through_its_small_windows()
    {
        byte[] input = SampleData.Random(1 << 20);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await DropbearClient.RunAsync(bed, route, [], "cat", input)));
        Assert.Equal(input, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task A_shell_runs_what_is_piped_into_it()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await DropbearClient.RunAsync(bed, route, ["-T"], null, "echo from the shell; exit 4\n"u8.ToArray())));
        Assert.Equal(("from the shell\n", 4), (direct.Text("stdout"), direct.Status));
    }

    [Fact]
    public async Task A_subsystem_and_a_forward_to_standard_output_work()
    {
        await using EchoServer echo = EchoServer.OnTcp();
        byte[] data = SampleData.Random(200_000);
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await DropbearClient.RunAsync(bed, route, ["-s"], "reverse", "abc\n"u8.ToArray()))
                .With("forward ", await DropbearClient.RunAsync(bed, route, ["-B", $"127.0.0.1:{echo.Port}"], null, data)));
        Assert.Equal("cba\n", direct.Text("stdout"));
        Assert.Equal(data, direct.Bytes("forward stdout"));
    }
}
