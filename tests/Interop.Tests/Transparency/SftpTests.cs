using System.Text;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(FileCollection.Name)]
public sealed class SftpTests(TestBed bed)
{
    [Fact]
    public async Task A_batch_of_every_kind_of_command_does_the_same()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("sftp");
            SampleData.WriteTree(Directory.CreateDirectory(Path.Combine(root, "local")).FullName);
            Directory.CreateDirectory(Path.Combine(root, "remote"));
            string batch =
                $"""
                lcd {root}/local
                cd {root}/remote
                put "one byte"
                put -p a/big big
                put -r a tree
                mkdir made
                rename big made/moved
                ln made/moved hard
                symlink made/moved soft
                copy made/moved copied
                chmod 640 hard
                get made/moved back
                reget made/moved back
                get -r tree treeback
                -rm nothing-here
                rm hard
                -rmdir made
                ls -1
                df -h
                pwd
                """;
            ProcessResult result = await ChildProcess.RunAsync(
                "sftp", ["-q", "-F", route.ConfigFile, "-b", "-", "target"], Encoding.UTF8.GetBytes(batch));
            return route.Outcome(WithoutUsage(result)).WithFolder("remote", Path.Combine(root, "remote")).WithFolder("local", Path.Combine(root, "local"));
        });
        Assert.Equal(0, direct.Status);
        Assert.Contains("made/moved", direct.Text("remote"), StringComparison.Ordinal);
        Assert.Contains("copied", direct.Text("remote"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_extensions_of_the_destination_s_server_are_announced()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            ProcessResult result = await ChildProcess.RunAsync("sftp", ["-vv", "-F", route.ConfigFile, "-b", "-", "target"], "pwd\n"u8.ToArray());
            string[] extensions = [.. result.ErrorText.Split('\n').Where(line => line.Contains("Server supports extension", StringComparison.Ordinal))];
            string[] limits = [.. result.ErrorText.Split('\n').Where(line => line.Contains("server upload/download", StringComparison.Ordinal))];
            return Outcome.Of("extensions", string.Join('\n', extensions)).With("limits", string.Join('\n', limits));
        });
        foreach (string extension in (string[])["limits@openssh.com", "copy-data", "statvfs@openssh.com", "posix-rename@openssh.com"])
        {
            Assert.Contains(extension, direct.Text("extensions"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 32768)]
    [InlineData(256, 1000)]
    [InlineData(64, 261120)]
    public async Task Any_number_and_size_of_requests_in_flight_copies_the_file(int requests, int size)
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("requests");
            File.WriteAllBytes(Path.Combine(root, "file"), SampleData.Random(2_000_003));
            ProcessResult result = await ChildProcess.RunAsync(
                "sftp",
                ["-q", "-F", route.ConfigFile, "-R", requests.ToString(), "-B", size.ToString(), "-b", "-", "target"],
                Encoding.UTF8.GetBytes($"put {root}/file {root}/there\nget {root}/there {root}/back\n"));
            return route.Outcome(result).WithFolder("files", root);
        });
        Assert.Equal(0, direct.Status);
        Assert.Single(direct.Text("files").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1]).Distinct());
    }

    /// <summary>The free space may change between the two runs; that the table came is what counts.</summary>
    private static ProcessResult WithoutUsage(ProcessResult result)
    {
        IEnumerable<string> lines = result.OutputText.Split('\n').Select(line => line.TrimEnd().EndsWith('%') ? "usage" : line);
        return result with { Output = Encoding.UTF8.GetBytes(string.Join('\n', lines)) };
    }
}
