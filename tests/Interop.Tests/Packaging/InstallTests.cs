using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>install.sh: which files, what they can do, and that nothing stays.</summary>
[Collection(InstalledCollection.Name)]
public sealed class InstallTests(InstalledFixture installed)
{
    private const string ProgramFolder = "/usr/lib/sshgateway/";

    [GatewayFact]
    public void The_files_are_those_of_the_list()
    {
        string[] all = [.. InstalledFixture.Tree(installed.Root).Where(path => !path.EndsWith('/'))];
        string[] list = [.. File.ReadLines(Repository.File("tests/Interop.Tests/Packaging/files.txt")).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.Equal(list, all.Where(path => !IsLibrary(path) && !IsDocument(path)));
        string[] documents = [.. Directory.EnumerateFiles(Repository.File("docs"), "*.md").Append("README.md").Select(path => "/usr/share/doc/sshgateway/" + Path.GetFileName(path))];
        Assert.Equal(documents.Order(StringComparer.Ordinal), all.Where(IsDocument));
        string[] built = [.. Directory.EnumerateFiles(Repository.File("out")).Select(path => Path.GetFileName(path)).Where(name => name[0] != '.').Select(name => ProgramFolder + name).Where(IsLibrary)];
        Assert.Equal(built.Order(StringComparer.Ordinal), all.Where(IsLibrary));
    }

    [GatewayFact]
    public async Task The_commands_run_under_all_their_names()
    {
        foreach (string name in (string[])["sshgateway version", "sshgatewayctl version", "sshproxyctl version", "sshgateway ctl version", "sshgateway-replay -version", "sshproxy-replay -version"])
        {
            string[] words = name.Split(' ');
            ProcessResult result = await ChildProcess.RunAsync(installed["/usr/bin/" + words[0]], words[1..]);
            Assert.True(result.ExitStatus == 0, result.ToString());
        }

        // These two take no 'version': what they miss is said in their own words.
        foreach (string name in (string[])["sshgateway-dumpd", "sshproxy-dumpd"])
            Assert.Contains("'--listen' is required", (await ChildProcess.RunAsync(installed["/usr/bin/" + name], [])).ErrorText, StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task The_first_configuration_is_right()
    {
        ProcessResult result = await ChildProcess.RunAsync(installed["/usr/bin/sshgateway"], ["check", "-c", installed["/etc/sshgateway/sshgateway.yaml"]]);
        Assert.True(result.ExitStatus == 0, result.ToString());
        Assert.Contains("config.listen = [0.0.0.0:2222 [::]:2222]", result.OutputText, StringComparison.Ordinal);
        Assert.Equal("", result.ErrorText);
    }

    [GatewayFact]
    public void Units_name_the_commands_where_they_are()
    {
        foreach (string unit in Directory.EnumerateFiles(installed["/usr/lib/systemd/system"]))
            Assert.DoesNotContain("BINDIR", File.ReadAllText(unit), StringComparison.Ordinal);
        Assert.Contains("ExecStart=/usr/bin/sshgateway serve", File.ReadAllText(installed["/usr/lib/systemd/system/sshgateway.service"]), StringComparison.Ordinal);
    }

    [GatewayFact]
    public async Task Uninstalling_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        string root = folder["root"];
        (await InstalledFixture.InstallAsync(root, "--compat")).Succeeded();
        (await InstalledFixture.InstallAsync(root, "--uninstall")).Succeeded();
        Assert.Equal([], InstalledFixture.Tree(root));
    }

    [GatewayFact]
    public async Task A_changed_configuration_survives_both_an_update_and_the_end_unless_all_is_purged()
    {
        using var folder = new TemporaryFolder();
        string root = folder["root"];
        (await InstalledFixture.InstallAsync(root, "--compat")).Succeeded();
        string configuration = root + "/etc/sshgateway/sshgateway.yaml";
        await File.WriteAllTextAsync(configuration, "dest: [n1]\n");
        ProcessResult again = (await InstalledFixture.InstallAsync(root)).Succeeded();
        Assert.Contains("Kept your /etc/sshgateway/sshgateway.yaml", again.OutputText, StringComparison.Ordinal);
        Assert.Equal("dest: [n1]\n", await File.ReadAllTextAsync(configuration));
        // The second one was without --compat.
        Assert.DoesNotContain(InstalledFixture.Tree(root), path => path.Contains("sshproxy", StringComparison.Ordinal));
        ProcessResult end = (await InstalledFixture.InstallAsync(root, "--uninstall")).Succeeded();
        Assert.Contains("Kept /etc/sshgateway/sshgateway.yaml", end.OutputText, StringComparison.Ordinal);
        Assert.Equal(["/etc/", "/etc/sshgateway/", "/etc/sshgateway/sshgateway.yaml"], InstalledFixture.Tree(root));

        (await InstalledFixture.InstallAsync(root)).Succeeded();
        Directory.CreateDirectory(root + "/var/lib/sshgateway/keys");
        await File.WriteAllTextAsync(root + "/var/lib/sshgateway/keys/alice", "");
        (await InstalledFixture.InstallAsync(root, "--uninstall", "--purge")).Succeeded();
        Assert.Equal([], InstalledFixture.Tree(root).Where(path => path.Contains("sshgateway", StringComparison.Ordinal)));
    }

    [GatewayFact]
    public async Task Another_prefix_has_its_units_where_systemd_looks()
    {
        using var folder = new TemporaryFolder();
        string root = folder["root"];
        (await InstalledFixture.InstallAsync(root, "--prefix=/opt/sshgateway")).Succeeded();
        Assert.Contains("ExecStart=/opt/sshgateway/bin/sshgateway serve", await File.ReadAllTextAsync(root + "/etc/systemd/system/sshgateway.service"), StringComparison.Ordinal);
        (await InstalledFixture.InstallAsync(root, "--prefix=/opt/sshgateway", "--uninstall")).Succeeded();
        Assert.Equal([], InstalledFixture.Tree(root));
    }

    [GatewayFact]
    public async Task Wrong_arguments_change_nothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, (await InstalledFixture.InstallAsync(folder["root"], "--wrong")).ExitStatus);
        Assert.Equal(1, (await InstalledFixture.InstallAsync(folder["root"], "--purge")).ExitStatus);
        Assert.Equal(1, (await InstalledFixture.InstallAsync(folder["root"], "--prefix=usr")).ExitStatus);
        Assert.Equal(1, (await InstalledFixture.InstallAsync(folder["root"], "--uninstall")).ExitStatus);
        Assert.Equal([], InstalledFixture.Tree(folder["root"]));
    }

    private static bool IsDocument(string path) => path.StartsWith("/usr/share/doc/", StringComparison.Ordinal) && Path.GetExtension(path) == ".md";

    // Which these are is the business of the projects' packages.
    private static bool IsLibrary(string path) =>
        path.StartsWith(ProgramFolder, StringComparison.Ordinal) && Path.GetExtension(path) is ".dll" or ".json" or ".so";
}
