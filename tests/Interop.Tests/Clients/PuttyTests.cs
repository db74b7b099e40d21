using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Clients;

/// <summary>plink, pscp and psftp with a converted key and the fingerprints of the route.</summary>
[Collection(ClientCollection.Name)]
public sealed class PuttyTests(TestBed bed)
{
    [Fact]
    public async Task Plink_runs_a_command()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await RunAsync("plink", route, ["-ssh", $"{route.User}@127.0.0.1", "echo out; echo err >&2; exit 9"])));
        Assert.Equal(("out\n", "err\n", 9), (direct.Text("stdout"), direct.Text("stderr"), direct.Status));
    }

    [Fact]
    public async Task Plink_sends_and_receives_three_mebibytes()
    {
        byte[] input = SampleData.Random(3 << 20);
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await RunAsync("plink", route, ["-ssh", $"{route.User}@127.0.0.1", "cat"], input)));
        Assert.Equal(input, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task Plink_runs_a_subsystem_and_a_command_on_a_terminal()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await RunAsync("plink", route, ["-ssh", "-s", $"{route.User}@127.0.0.1", "reverse"], "abc\n"u8.ToArray()))
                .With("terminal ", await RunAsync("plink", route, ["-ssh", "-t", $"{route.User}@127.0.0.1", "tty | tr -d 0-9; exit 3"])));
        Assert.Equal("cba\n", direct.Text("stdout"));
        Assert.Equal("3", direct.Text("terminal status"));
    }

    [Theory]
    [InlineData("-scp")]
    [InlineData("-sftp")]
    public async Task Pscp_copies_a_tree_there_and_back(string protocol)
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("pscp");
            SampleData.WriteTree(Directory.CreateDirectory(Path.Combine(root, "source")).FullName);
            File.Delete(Path.Combine(root, "source", "link"));
            Directory.CreateDirectory(Path.Combine(root, "there"));
            Directory.CreateDirectory(Path.Combine(root, "back"));
            ProcessResult up = await RunAsync("pscp", route, ["-q", protocol, "-r", $"{root}/source", $"{route.User}@127.0.0.1:{root}/there"]);
            ProcessResult down = await RunAsync("pscp", route, ["-q", protocol, "-r", $"{route.User}@127.0.0.1:{root}/there/source", $"{root}/back"]);
            return route.Outcome(up).With("down ", down).WithFolder("there", $"{root}/there").WithFolder("back", $"{root}/back");
        });
        Assert.Equal((0, "0"), (direct.Status, direct.Text("down status")));
        Assert.Contains("source/a/big", direct.Text("back"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Psftp_runs_a_batch()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("psftp");
            File.WriteAllBytes(Path.Combine(root, "file"), SampleData.Random(1_000_001));
            string batch = Path.Combine(route.NewFolder("psftp-batch"), "batch");
            File.WriteAllText(batch, $"cd {root}\nlcd {root}\nput file there\nget there back\nmkdir made\nmv there made\nchmod 600 made/there\nls made\n");
            ProcessResult result = await RunAsync("psftp", route, [$"{route.User}@127.0.0.1", "-b", batch]);
            return Outcome.Of("status", result.ExitStatus.ToString()).WithFolder("files", root);
        });
        Assert.Equal(0, direct.Status);
        Assert.Contains("made/there", direct.Text("files"), StringComparison.Ordinal);
    }

    private async Task<ProcessResult> RunAsync(string program, Route route, IEnumerable<string> arguments, ReadOnlyMemory<byte> input = default)
    {
        string home = route.NewFolder("putty-home");
        string key = Path.Combine(home, "key.ppk");
        (await ChildProcess.RunAsync("puttygen", [bed.UserKey.PrivateFile, "-O", "private", "-o", key])).Succeeded();
        IEnumerable<string> hostKeys = route.Fingerprints.SelectMany(key => (string[])["-hostkey", key.Fingerprint]);
        return await ChildProcess.RunAsync(
            program,
            ["-batch", "-P", route.Port.ToString(), "-i", key, .. hostKeys, .. arguments],
            input,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home });
    }
}
