using System.Security.Cryptography;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>Real sessions on a gateway that records.</summary>
public sealed class SessionTests(RecordingBed bed) : IClassFixture<RecordingBed>
{
    [GatewayFact]
    public async Task Multiplexed_sessions_have_each_a_file_of_their_own()
    {
        string socket = Path.Combine(bed.Gateway.NewFolder("m"), "s");
        await using ChildProcess master = bed.Gateway.StartSsh("-M", "-N", "-S", socket, "target");
        await Eventually.BecomesTrueAsync(() => File.Exists(socket) || master.HasExited, "the control socket exists");
        ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => bed.Gateway.SshAsync(
            ["-S", socket, "-o", "ProxyCommand=false", "target", $"cat; seq {i} 20000; : mux-{i}-"], SampleData.Random(100_000, i))));
        for (int i = 0; i < 8; i++)
        {
            Recorded recorded = RecordingBed.Find(bed.Recordings, $"mux-{i}-");
            Assert.Equal(Convert.ToHexString(SHA256.HashData(results[i].Output)), Convert.ToHexString(SHA256.HashData(recorded.Output)));
            Assert.Equal(100_000, recorded.Input.Length);
        }
    }

    [GatewayFact]
    public async Task Keys_are_exchanged_again_and_again_while_a_session_is_recorded()
    {
        string folder = bed.Folder["rec-rekey"];
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{folder}/{{sid}}.dump\"\nlimits: {{rekey: \"64K\", max_startups: \"200:30:300\", per_source: 200}}\n",
        });
        byte[] data = SampleData.Random(3 << 20);
        ProcessResult result = await bed.RouteThrough(gateway, "rekey").SshAsync(["target", "cat; : rekey"], data);
        Recorded recorded = RecordingBed.Find(folder, "rekey");
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(result.Output));
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(recorded.Output));
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(recorded.Input));
    }

    [GatewayFact]
    public async Task A_terminal_is_recorded_with_what_was_typed_and_its_sizes()
    {
        await using PseudoTerminal terminal = bed.Gateway.StartSshOnTerminal(["-tt", "target", "echo ready; read x; read y; stty size; : sized"], 30, 100);
        await terminal.WaitForAsync("ready");
        terminal.Resize(44, 132);
        await terminal.TypeAsync("typed\n");
        await Eventually.BecomesTrueAsync(() => RecordingBed.Find(bed.Recordings, ": sized").Side.Contains("132", StringComparison.Ordinal), "the new size is recorded");
        await terminal.TypeAsync("\n");
        await terminal.WaitForAsync("44 132");
        await terminal.WaitForExitAsync();
        Recorded recorded = RecordingBed.Find(bed.Recordings, ": sized");
        Assert.Contains("typed", System.Text.Encoding.UTF8.GetString(recorded.Input), StringComparison.Ordinal);
        Assert.Contains("\"columns\":100,\"rows\":30", recorded.Side, StringComparison.Ordinal);
        Assert.Contains("\"columns\":132,\"rows\":44", recorded.Side, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task A_killed_gateway_leaves_a_readable_recording_with_what_was_shown_a_second_ago()
    {
        string folder = bed.Folder["rec-killed"];
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{folder}/{{sid}}.dump\"\n",
        });
        await using ChildProcess client = bed.RouteThrough(gateway, "killed").StartSsh("target", "echo shown; sleep 60; : killed");
        await client.ReadUntilAsync("shown\n");
        await Eventually.BecomesTrueAsync(() => RecordingBed.All(folder).Any(recorded => recorded.OutputText == "shown\n"), "the output is in the file");
        gateway.Signal(NativeMethods.SignalKill);
        await gateway.WaitForExitAsync(ChildProcess.DefaultTimeout);
        Assert.Equal("shown\n", RecordingBed.Find(folder, ": killed").OutputText);
    }

    [GatewayFact]
    public async Task Copies_are_capped_and_their_digest_is_that_of_the_file()
    {
        string folder = bed.Folder["rec-bulk"];
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{folder}/{{sid}}.dump\"\nrecording: {{bulk_limit: 64K}}\n",
        });
        Route route = bed.RouteThrough(gateway, "bulk");
        string source = bed.Folder.Write("bulk/source", SampleData.Random(3_000_000));
        string target = bed.Folder["bulk/target"];
        (await ChildProcess.RunAsync("sftp", ["-F", route.ConfigFile, "-b", "-", "target"], System.Text.Encoding.UTF8.GetBytes($"put {source} {target}\nrm {target}\n"))).Succeeded();
        (await ChildProcess.RunAsync("scp", ["-O", "-F", route.ConfigFile, source, $"target:{target}"])).Succeeded();
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(target));
        await gateway.WaitForLogAsync("transfer scp");
        await gateway.WaitForLogAsync($"sftp {target}: 0 bytes read, 3000000 bytes written, ok");
        await gateway.WaitForLogAsync($"sftp remove {target}: ok");
        await Eventually.BecomesTrueAsync(
            () => RecordingBed.All(folder).Count(recorded => recorded.Side.Contains("\"bulk\"", StringComparison.Ordinal)) == 2, "both recordings have ended");
        Assert.All(RecordingBed.All(folder), recorded => Assert.InRange(recorded.Input.Length + recorded.Output.Length, 64 * 1024, 64 * 1024));
        Recorded scp = RecordingBed.All(folder).Single(recorded => recorded.Header.CommandText.StartsWith("scp", StringComparison.Ordinal));
        // scp sends the file between two lines of its own: the digest is that of the stream.
        byte[] head = System.Text.Encoding.ASCII.GetBytes($"C{Convert.ToString((int)File.GetUnixFileMode(source), 8).PadLeft(4, '0')} 3000000 source\n");
        string digest = Convert.ToHexStringLower(SHA256.HashData([.. head, .. File.ReadAllBytes(source), 0]));
        Assert.Contains(digest, scp.Side, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task Where_recording_is_a_must_and_impossible_the_user_is_told_and_nothing_runs()
    {
        string blocked = bed.Folder.Write("blocked", "a file, not a folder");
        string witness = bed.Folder["witness"];
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{blocked}/{{sid}}.dump\"\nrecording: {{mode: strict}}\n",
        });
        ProcessResult result = await bed.RouteThrough(gateway, "strict").SshAsync("target", $"touch {witness}");
        Assert.NotEqual(0, result.ExitStatus);
        Assert.Contains("must be recorded", result.ErrorText, StringComparison.Ordinal);
        Assert.False(File.Exists(witness));
    }
}
