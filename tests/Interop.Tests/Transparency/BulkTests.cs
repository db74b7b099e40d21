using System.Security.Cryptography;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(FileCollection.Name)]
public sealed class BulkTests(TestBed bed)
{
    private const int Length = 100 << 20;

    [Fact]
    public async Task A_hundred_mebibytes_come_down_unchanged()
    {
        (string file, string hash) = RandomFile();
        Outcome direct = await bed.CompareAsync(async route =>
        {
            await using ChildProcess ssh = route.StartSsh("target", $"cat {file}; exit 3");
            ssh.CloseInput();
            byte[] received = await SHA256.HashDataAsync(ssh.Output);
            return Outcome.Of("hash", Convert.ToHexStringLower(received)).With("status", (await ssh.WaitForExitAsync()).ToString());
        });
        Assert.Equal(hash, direct.Text("hash"));
        Assert.Equal(3, direct.Status);
    }

    [Fact]
    public async Task A_hundred_mebibytes_go_up_unchanged()
    {
        (string file, string hash) = RandomFile();
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.BashAsync($"ssh -F $CONF target 'sha256sum; exit 3' < {file}")));
        Assert.Equal($"{hash}  -\n", direct.Text("stdout"));
        Assert.Equal(3, direct.Status);
    }

    [Fact]
    public async Task Both_directions_at_once_do_not_block_each_other()
    {
        (string file, string hash) = RandomFile();
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.BashAsync($"ssh -F $CONF target cat < {file} | sha256sum")));
        Assert.Equal($"{hash}  -\n", direct.Text("stdout"));
    }

    private (string File, string Hash) RandomFile()
    {
        string file = bed.Folder["bulk"];
        if (!File.Exists(file))
        {
            File.WriteAllBytes(file, SampleData.Random(Length));
        }

        return (file, Outcome.HashOfFile(file));
    }
}
