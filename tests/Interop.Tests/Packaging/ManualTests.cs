using System.Text.RegularExpressions;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Schema;
using SshGateway.Server.Ctl;
using SshGateway.Server.Ctl.Arguments;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The manual pages: clean, and complete by the programs' own tables.</summary>
[Collection(InstalledCollection.Name)]
public sealed partial class ManualTests(InstalledFixture installed)
{
    [NeedsFact("man")]
    public async Task The_formatter_has_no_warning()
    {
        string[] pages = [.. Directory.EnumerateFiles(installed["/usr/share/man"], "*", SearchOption.AllDirectories)];
        // Five pages, three of them under a second name.
        Assert.Equal(8, pages.Length);
        foreach (string page in pages)
        {
            ProcessResult result = await ChildProcess.RunAsync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["MANROFFSEQ"] = "", ["MANWIDTH"] = "80" });
            Assert.True(result.ExitStatus == 0 && result.Error.Length == 0, result.ToString());
        }
    }

    [GatewayFact]
    public void Each_key_of_the_configuration_is_described()
    {
        string page = Plain("man5/sshgateway.yaml.5");
        Assert.Equal([], GatewaySettings.Table.Paths.Concat(RouteSettings.Table.Paths).Where(key => !page.Contains($"\n{key} (", StringComparison.Ordinal) && !page.Contains($"\n{key},", StringComparison.Ordinal) && !page.Contains($" {key}", StringComparison.Ordinal)));
    }

    [GatewayFact]
    public void Each_command_of_ctl_is_described_with_its_options()
    {
        string[] lines = Plain("man8/sshgatewayctl.8").Split('\n');
        foreach (CtlCommand command in CtlCommands.All)
        {
            string? entry = lines.FirstOrDefault(line => line == command.Name || line.StartsWith(command.Name + " ", StringComparison.Ordinal));
            Assert.True(entry is not null, $"sshgatewayctl(8) does not describe '{command.Name}'");
            foreach (CtlOption option in command.Options) Assert.Contains("-" + option.Name, entry, StringComparison.Ordinal);
        }
    }

    [GatewayFact]
    public async Task Each_option_of_the_other_commands_is_described()
    {
        string gateway = Plain("man8/sshgateway.8");
        foreach (string command in (string[])["serve", "check", "health", "authd"])
        {
            string help = (await ChildProcess.RunAsync(installed["/usr/bin/sshgateway"], [command, "--help"])).Succeeded().OutputText;
            foreach (Match option in Option().Matches(help)) Assert.Contains(option.Groups[1].Value, gateway, StringComparison.Ordinal);
        }

        string replay = Plain("man8/sshgateway-replay.8");
        string usage = (await ChildProcess.RunAsync(installed["/usr/bin/sshgateway-replay"], ["-help"])).Succeeded().OutputText;
        foreach (Match option in Option().Matches(usage)) Assert.Contains(option.Groups[1].Value, replay, StringComparison.Ordinal);
    }

    [GatewayFact]
    public void Variables_that_take_the_place_of_a_file_are_described()
    {
        string page = Plain("man8/sshgateway.8");
        foreach ((string variable, string key, _) in EnvironmentConfiguration.Variables) Assert.Contains($"\n{variable}\n{key}", page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?m)^ +(--?[a-z-]+)")]
    private static partial Regex Option();

    /// <summary>The source of a page without its requests and fonts.</summary>
    private string Plain(string page)
    {
        string text = File.ReadAllText(installed["/usr/share/man/" + page]).Replace("\\-", "-", StringComparison.Ordinal);
        text = Regex.Replace(text, @"\\f[A-Z]", "");
        text = Regex.Replace(text, @"(?m)^\.(B|I|BR|BI|RB|IR|IB|RI) ", "");
        return text;
    }
}
