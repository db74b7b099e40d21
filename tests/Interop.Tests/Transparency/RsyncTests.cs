using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(FileCollection.Name)]
public sealed class RsyncTests(TestBed bed)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tree_and_then_its_changes_are_synchronised(bool up)
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder(up ? "rsync-up" : "rsync-down");
            string source = Directory.CreateDirectory(Path.Combine(root, "source")).FullName;
            SampleData.WriteTree(source);
            string copy = Path.Combine(root, "copy");
            string[] ends = up ? [$"{source}/", $"target:{copy}/"] : [$"target:{source}/", $"{copy}/"];
            ProcessResult first = await RsyncAsync(route, ends);

            File.Delete(Path.Combine(source, "one byte"));
            using (FileStream big = File.OpenWrite(Path.Combine(source, "a/big")))
            {
                big.Seek(1_000_000, SeekOrigin.Begin);
                big.Write(SampleData.Random(5000, seed: 99));
            }

            SampleData.SetFolderTimes(source, new DateTime(2021, 1, 2, 3, 4, 5, DateTimeKind.Utc));
            ProcessResult second = await RsyncAsync(route, ["--delete", "--no-whole-file", .. ends]);
            return route.Outcome(first).With("second ", second).WithFolder("copy", copy).WithFolder("source", source);
        });
        Assert.Equal(0, direct.Status);
        Assert.Contains("*deleting   one byte", direct.Text("second stdout"), StringComparison.Ordinal);
        Assert.Equal(direct.Text("source"), direct.Text("copy"));
    }

    [Fact]
    public async Task A_missing_source_ends_with_rsync_s_own_status()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await RsyncAsync(route, "target:/nonexistent-source/", route.NewFolder("rsync-missing"))));
        Assert.Equal(23, direct.Status);
    }

    private static Task<ProcessResult> RsyncAsync(Route route, params string[] arguments) =>
        ChildProcess.RunAsync("rsync", ["-a", "--itemize-changes", "-e", route.SshCommand, .. arguments]);
}
