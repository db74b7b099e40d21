using System.Globalization;
using System.Text.RegularExpressions;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>Units, users, folders and log rotation, judged by the programs that read them.</summary>
[Collection(InstalledCollection.Name)]
public sealed partial class ServiceTests(InstalledFixture installed)
{
    private const double MostExposure = 2.0;

    [NeedsFact("systemd-analyze")]
    public async Task Systemd_finds_nothing_wrong_with_the_units()
    {
        string units = installed["/usr/lib/systemd/system"];
        using var folder = new TemporaryFolder();
        // Commands must be there: those below the scratch root stand for them.
        foreach (string unit in Directory.EnumerateFiles(units))
            folder.Write(Path.GetFileName(unit), (await File.ReadAllTextAsync(unit)).Replace("=/usr/bin/sshgateway", $"={installed.Root}/usr/bin/sshgateway", StringComparison.Ordinal));
        File.CreateSymbolicLink(folder["sshgateway-authd@1.service"], "sshgateway-authd@.service");
        string[] names = [.. Directory.EnumerateFiles(folder.Path).Where(path => !path.EndsWith("@.service", StringComparison.Ordinal))];
        ProcessResult result = await ChildProcess.RunAsync("systemd-analyze", ["verify", "--man=no", .. names], environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["SYSTEMD_UNIT_PATH"] = folder.Path + ":" });
        Assert.True(result.ExitStatus == 0, result.ToString());
        Assert.DoesNotContain("sshgateway", result.ErrorText.Replace(folder.Path, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [NeedsFact("systemd-analyze")]
    public async Task Services_are_hardened()
    {
        foreach (string unit in Directory.EnumerateFiles(installed["/usr/lib/systemd/system"], "*.service"))
        {
            using var folder = new TemporaryFolder();
            string name = Path.GetFileName(unit).Replace("@.", "@1.", StringComparison.Ordinal);
            ProcessResult result = (await ChildProcess.RunAsync("systemd-analyze", ["security", "--offline=true", "--no-pager", folder.Write(name, await File.ReadAllTextAsync(unit))])).Succeeded();
            double exposure = double.Parse(Exposure().Match(result.OutputText).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            Assert.True(exposure < MostExposure, result.OutputText);
            Assert.Contains("DOTNET_EnableDiagnostics=0", await File.ReadAllTextAsync(unit), StringComparison.Ordinal);
            Assert.Contains("LimitCORE=0", await File.ReadAllTextAsync(unit), StringComparison.Ordinal);
        }
    }

    [NeedsFact("systemd-sysusers", "systemd-tmpfiles", "root")]
    public async Task Users_and_folders_are_made()
    {
        using var folder = new TemporaryFolder();
        string root = folder["root"];
        (await InstalledFixture.InstallAsync(root)).Succeeded();
        (await ChildProcess.RunAsync("systemd-sysusers", ["--root=" + root])).Succeeded();
        string users = await File.ReadAllTextAsync(root + "/etc/passwd");
        Assert.Matches(@"(?m)^sshgateway:x:\d+:\d+:SSH gateway:/var/lib/sshgateway:/usr/sbin/nologin$", users);
        Assert.Matches(@"(?m)^sshgateway-dumpd:x:", users);
        ProcessResult made = await ChildProcess.RunAsync("systemd-tmpfiles", ["--root=" + root, "--create", "sshgateway.conf"]);
        Assert.True(made.ExitStatus == 0, made.ToString());
        string modes = (await ChildProcess.RunAsync("stat", ["-c", "%a %n", .. ((string[])["/etc/sshgateway", "/etc/sshgateway/sshgateway.yaml", "/run/sshgateway", "/var/lib/sshgateway", "/var/lib/sshgateway-dumpd", "/var/log/sshgateway"]).Select(path => root + path)])).Succeeded().OutputText;
        Assert.Equal(
            "750 /etc/sshgateway\n640 /etc/sshgateway/sshgateway.yaml\n755 /run/sshgateway\n750 /var/lib/sshgateway\n750 /var/lib/sshgateway-dumpd\n750 /var/log/sshgateway\n",
            modes.Replace(root, "", StringComparison.Ordinal));
        string owner = (await ChildProcess.RunAsync("stat", ["-c", "%u", root + "/var/lib/sshgateway", root + "/run/sshgateway"])).Succeeded().OutputText;
        Assert.Equal(Regex.Match(users, @"(?m)^sshgateway:x:(\d+):").Groups[1].Value + "\n0\n", owner);
    }

    [NeedsFact("logrotate")]
    public async Task Logrotate_takes_its_file()
    {
        // Its own file must not be writable by others, whatever the mask of the working tree was; the user is not there yet.
        using var folder = new TemporaryFolder();
        string text = await File.ReadAllTextAsync(installed["/etc/logrotate.d/sshgateway"]);
        folder.Write("log/sshgateway.log", "a line\n");
        string file = folder.Write("rotate", text.Replace("su sshgateway sshgateway", $"su {Environment.UserName} {Environment.UserName}", StringComparison.Ordinal).Replace("/var/log/sshgateway", folder["log"], StringComparison.Ordinal));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProcessResult result = await ChildProcess.RunAsync("logrotate", ["-d", "-s", folder["status"], file]);
        Assert.True(result.ExitStatus == 0, result.ToString());
        Assert.DoesNotContain("error", result.ErrorText, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("considering log " + folder["log/sshgateway.log"], result.ErrorText, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"exposure level for \S+: ([0-9.]+)")]
    private static partial Regex Exposure();
}
