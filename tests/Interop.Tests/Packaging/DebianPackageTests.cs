using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The Debian package: made, judged by lintian, installed into the root of a system that is only a folder, removed, purged.</summary>
public sealed class DebianPackageTests : IAsyncLifetime, IDisposable
{
    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    private readonly TemporaryFolder _folder = new();
    private string _package = "";

    public async Task InitializeAsync()
    {
        if (!TestBed.DirectOnly && File.Exists("/usr/bin/dpkg-deb")) _package = await Made.Value;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    [NeedsFact("dpkg-deb")]
    public async Task It_holds_what_is_installed_and_knows_its_configuration()
    {
        string control = (await ChildProcess.RunAsync("dpkg-deb", ["-f", _package])).Succeeded().OutputText;
        Assert.Contains("\nDepends: libc6 (>= 2.31), libpam0g, libssl3t64 | libssl3, aspnetcore-runtime-10.0", control, StringComparison.Ordinal);
        string files = (await ChildProcess.RunAsync("dpkg-deb", ["-c", _package])).Succeeded().OutputText;
        foreach (string file in (string[])["./usr/bin/sshgateway ->", "./usr/lib/systemd/system/sshgateway.service\n", "./usr/share/man/man5/sshgateway.yaml.5.gz\n", "./etc/pam.d/sshgateway\n"])
            Assert.Contains(file, files, StringComparison.Ordinal);
        Assert.DoesNotContain("install.manifest", files, StringComparison.Ordinal);
        (await ChildProcess.RunAsync("dpkg-deb", ["-e", _package, _folder["control"]])).Succeeded();
        Assert.Equal(
            "/etc/default/sshgateway\n/etc/default/sshgateway-dumpd\n/etc/logrotate.d/sshgateway\n/etc/pam.d/sshgateway\n/etc/sshgateway/sshgateway.yaml\n",
            await File.ReadAllTextAsync(_folder["control/conffiles"]));
    }

    [NeedsFact("lintian")]
    public async Task Lintian_finds_nothing()
    {
        ProcessResult result = await ChildProcess.RunAsync("lintian", ["--allow-root", "--fail-on", "error,warning", _package], timeout: TimeSpan.FromMinutes(3));
        Assert.True(result.ExitStatus == 0, result.ToString());
    }

    [NeedsFact("root", "dpkg", "mount namespaces")]
    public async Task It_is_installed_removed_and_purged()
    {
        // A system that is a folder: this machine's programs below a root of its own, its own list of packages, no systemd that runs.
        string script = $"""
            set -e
            mount -t tmpfs tmpfs {_folder["base"]}
            cd {_folder["base"]}
            mkdir upper work root
            mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
            mount --rbind /proc root/proc
            mount --rbind /dev root/dev
            mount -t tmpfs tmpfs root/tmp
            mount -t tmpfs tmpfs root/run
            cp {_package} root/tmp/package.deb
            inside() {"{"} chroot root env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; {"}"}
            echo == install
            inside dpkg --force-depends -i /tmp/package.deb
            inside sshgateway version
            inside sshgateway check -c /etc/sshgateway/sshgateway.yaml >/dev/null
            inside getent passwd sshgateway sshgateway-dumpd
            inside stat -c '%U:%G %a %n' /etc/sshgateway/sshgateway.yaml /var/lib/sshgateway
            echo == again
            inside dpkg --force-depends -i /tmp/package.deb
            echo 'dest: [n1]' >root/etc/sshgateway/sshgateway.yaml
            touch root/var/lib/sshgateway/state.db
            echo == remove
            inside dpkg -r sshgateway
            find root/usr root/etc root/var/lib -name '*sshgateway*' -printf '/%P\n' | grep -v '^/lib/dpkg/' | sort
            echo == purge
            inside dpkg -P sshgateway
            find root/usr root/etc root/var -name '*sshgateway*' -printf '/%P\n' | sort
            echo == end
            """;
        Directory.CreateDirectory(_folder["base"]);
        ProcessResult result = await ChildProcess.RunAsync("unshare", ["--mount", "bash", "-c", script], timeout: TimeSpan.FromMinutes(3));
        Assert.True(result.ExitStatus == 0, result.ToString());
        string[] parts = result.OutputText.Split("== ");
        Assert.Contains("edit /etc/sshgateway/sshgateway.yaml, then: systemctl enable --now sshgateway", parts[1], StringComparison.Ordinal);
        Assert.Matches(@"(?m)^sshgateway:x:\d+", parts[1]);
        Assert.Contains("root:sshgateway 640 /etc/sshgateway/sshgateway.yaml", parts[1], StringComparison.Ordinal);
        Assert.Contains("sshgateway:sshgateway 750 /var/lib/sshgateway", parts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("systemctl enable", parts[2], StringComparison.Ordinal);
        Assert.Contains("/sshgateway/sshgateway.yaml\n", parts[3], StringComparison.Ordinal);
        Assert.DoesNotContain("/bin/sshgateway", parts[3], StringComparison.Ordinal);
        string left = parts[4][parts[4].LastIndexOf("...\n", StringComparison.Ordinal)..];
        Assert.Equal("...\n", left);
    }

    private static async Task<string> MakeAsync()
    {
        await Repository.BuildAsync();
        ProcessResult result = (await Repository.RunAsync("build.sh", ["deb"])).Succeeded();
        return Repository.File(result.OutputText.Trim().Split('\n')[^1]);
    }
}
