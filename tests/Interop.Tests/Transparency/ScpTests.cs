using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

/// <summary>Both protocols of scp: -O is the old one (rcp over exec), -s the one over sftp.</summary>
[Collection(FileCollection.Name)]
public sealed class ScpTests(TestBed bed)
{
    [Theory]
    [InlineData("-O")]
    [InlineData("-s")]
    public async Task A_tree_is_copied_there_and_back(string protocol)
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("scp");
            SampleData.WriteTree(Directory.CreateDirectory(Path.Combine(root, "source")).FullName);
            ProcessResult up = await ScpAsync(route, protocol, "-p", "-r", Path.Combine(root, "source"), $"target:{root}/there");
            ProcessResult down = await ScpAsync(route, protocol, "-p", "-r", $"target:{root}/there", Path.Combine(root, "back"));
            return route.Outcome(up)
                .With("down ", down)
                .WithFolder("there", Path.Combine(root, "there"), times: true)
                .WithFolder("back", Path.Combine(root, "back"), times: true);
        });
        Assert.Equal(0, direct.Status);
        Assert.Equal("0", direct.Text("down status"));
        Assert.Equal(direct.Text("there"), direct.Text("back"));
        Assert.Contains("a/b/Grüße-日本", direct.Text("back"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-O")]
    [InlineData("-s")]
    public async Task A_missing_file_is_reported_as_the_destination_does(string protocol)
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await ScpAsync(route, protocol, $"target:{route.NewFolder("missing")}/none", "/dev/null")));
        Assert.Equal(1, direct.Status);
        Assert.Contains("No such file", direct.Text("stderr"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-O")]
    [InlineData("-s")]
    public async Task A_copy_into_a_folder_that_does_not_exist_fails_alike(string protocol)
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await ScpAsync(route, protocol, "/etc/passwd", $"target:{route.NewFolder("nowhere")}/no/such/folder")));
        Assert.NotEqual(0, direct.Status);
    }

    private static Task<ProcessResult> ScpAsync(Route route, params string[] arguments) =>
        ChildProcess.RunAsync("scp", ["-F", route.ConfigFile, .. arguments]);
}
