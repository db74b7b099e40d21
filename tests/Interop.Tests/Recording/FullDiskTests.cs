using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>Recordings on a file system of 256 KiB that runs full.</summary>
public sealed class FullDiskTests(TestBed bed) : IClassFixture<TestBed>
{
    [MountFact]
    public async Task The_session_goes_on_where_recording_is_best_effort()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(bed.Folder["full1"]);
        GatewayProcess gateway = await StartAsync(disk, "best-effort");
        byte[] data = SampleData.Random(2 << 20);
        ProcessResult result = await bed.RouteThrough(gateway, "full1").SshAsync(["target", "cat; : full; exit 3"], data);
        Assert.Equal((3, data.Length), (result.ExitStatus, result.Output.Length));
        await gateway.WaitForLogAsync("broke off after");
        Recorded recorded = RecordingBed.Find(disk.Path, ": full");
        Assert.True(data.AsSpan().StartsWith(recorded.Output));
    }

    [MountFact]
    public async Task The_session_is_ended_with_a_message_where_recording_is_a_must()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(bed.Folder["full2"]);
        GatewayProcess gateway = await StartAsync(disk, "strict");
        ProcessResult result = await bed.RouteThrough(gateway, "full2").SshAsync(["target", "yes | head -c 20M; sleep 30; exit 0"], timeout: TimeSpan.FromSeconds(60));
        Assert.NotEqual(0, result.ExitStatus);
        Assert.Contains("must be recorded", result.ErrorText, StringComparison.Ordinal);
    }

    private Task<GatewayProcess> StartAsync(SmallDisk disk, string mode) =>
        bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{disk.Path}/{{sid}}.dump\"\nrecording: {{mode: {mode}}}\n",
        });

    private sealed class SmallDisk(string path) : IAsyncDisposable
    {
        public string Path => path;

        public static async Task<SmallDisk> MountAsync(string path)
        {
            Directory.CreateDirectory(path);
            (await ChildProcess.RunAsync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", path])).Succeeded();
            return new SmallDisk(path);
        }

        public async ValueTask DisposeAsync() => (await ChildProcess.RunAsync("umount", ["-l", path])).Succeeded();
    }
}

/// <summary>A test that mounts a tmpfs: skipped, with the reason, where that is forbidden.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(Find);

    public MountFactAttribute() => Skip = TestBed.DirectOnly ? "only the straight route is run" : Reason.Value;

    private static string? Find()
    {
        if (!Environment.IsPrivilegedProcess) return "mounting needs root";
        string folder = Directory.CreateTempSubdirectory("sgm-").FullName;
        ProcessResult mounted = ChildProcess.RunAsync("mount", ["-t", "tmpfs", "tmpfs", folder]).GetAwaiter().GetResult();
        if (mounted.ExitStatus == 0) ChildProcess.RunAsync("umount", ["-l", folder]).GetAwaiter().GetResult().Succeeded();
        Directory.Delete(folder);
        return mounted.ExitStatus == 0 ? null : $"a tmpfs cannot be mounted: {mounted.ErrorText.Trim()}";
    }
}
