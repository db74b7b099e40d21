using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(FileCollection.Name)]
public sealed class SshfsTests(TestBed bed)
{
    [FuseFact]
    public async Task A_mounted_folder_is_read_written_and_listed()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string root = route.NewFolder("sshfs");
            string remote = Directory.CreateDirectory(Path.Combine(root, "remote")).FullName;
            string mount = Directory.CreateDirectory(Path.Combine(root, "mount")).FullName;
            SampleData.WriteTree(remote);
            await using ChildProcess sshfs = ChildProcess.Start(
                "sshfs", ["-f", "-o", $"ssh_command={route.SshCommand}", $"target:{remote}", mount]);
            await Eventually.BecomesTrueAsync(() => sshfs.HasExited || File.Exists(Path.Combine(mount, "empty")), "the folder is mounted");
            if (sshfs.HasExited)
            {
                throw new InvalidOperationException((await sshfs.CompleteAsync()).ToString());
            }

            try
            {
                string hash = Outcome.HashOfFile(Path.Combine(mount, "a/big"));
                File.WriteAllBytes(Path.Combine(mount, "written"), SampleData.Random(1_234_567, seed: 3));
                File.Move(Path.Combine(mount, "one byte"), Path.Combine(mount, "a/renamed"));
                Directory.Delete(Directory.CreateDirectory(Path.Combine(mount, "made")).FullName);
                return Outcome.Of("read", hash).WithFolder("mounted", mount).WithFolder("remote", remote);
            }
            finally
            {
                await ChildProcess.RunAsync("fusermount3", ["-u", mount]);
                await sshfs.WaitForExitAsync();
            }
        });
        Assert.Contains("a/renamed", direct.Text("remote"), StringComparison.Ordinal);
        Assert.Equal(direct.Text("remote"), direct.Text("mounted"));
    }
}
