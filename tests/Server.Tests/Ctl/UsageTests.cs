using SshGateway.Server.Ctl;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>What is wrong usage, and what help says.</summary>
public sealed class UsageTests
{
    private readonly CtlFixture _ctl = new();

    [Theory]
    [InlineData("")]
    [InlineData("nonsense", "unknown command 'nonsense'")]
    [InlineData("show", "show what? connections, hosts, users, groups, error_banner, config,")]
    [InlineData("show nonsense", "not 'nonsense'")]
    [InlineData("show hosts more", "unexpected argument 'more'")]
    [InlineData("forget", "forget what? host, error_banner, persist, known_hosts, mfa")]
    [InlineData("forget nonsense", "forget what? host, error_banner, persist, known_hosts, mfa, not 'nonsense'")]
    [InlineData("forget host", "either -all or -host NODESET is needed")]
    [InlineData("forget persist", "at least one of")]
    [InlineData("forget mfa", "-user USER is needed")]
    [InlineData("enable", "either -all or -host NODESET is needed")]
    [InlineData("enable -all -host n1", "either -all or -host NODESET is needed")]
    [InlineData("enable -all -port 22", "-port goes with -host")]
    [InlineData("enable n1", "hosts are named with -host")]
    [InlineData("disable -host n[1-", "-host expects a node set")]
    [InlineData("disable -host n1 -port 70000", "'70000' is no port")]
    [InlineData("disable -host n1:22 -port 23", "has a port already")]
    [InlineData("disable -host n1 -drain soon", "-drain expects a duration")]
    [InlineData("disable -host n1 -message bye", "-message goes with -drain")]
    [InlineData("error_banner", "the message is missing")]
    [InlineData("error_banner one two", "unexpected argument 'two'")]
    [InlineData("error_banner -expire 2020-01-01 late", "is in the past")]
    [InlineData("error_banner -expire 2027-13-01 bad", "'YYYY-MM-DD[ HH:MM[:SS]]' is expected")]
    [InlineData("kill", "a session, -user or -host is needed")]
    [InlineData("kill -user u -port 22", "-port goes with -host")]
    [InlineData("watch nonsense", "watch what?")]
    [InlineData("show hosts -nonsense", "unknown option '-nonsense'")]
    [InlineData("show hosts -all", "the option -all does not belong to 'show hosts'")]
    [InlineData("show connections -user u", "the option -user does not belong to 'show connections'")]
    [InlineData("show users -csv=maybe", "the option -csv takes no value")]
    [InlineData("show users -c", "the option -c needs a value")]
    [InlineData("show config -source nowhere.invalid:x", "HOST[:PORT] is expected")]
    [InlineData("show events -limit 0", "-limit expects a number from 1 up")]
    [InlineData("show events -since never", "neither a date")]
    [InlineData("help nonsense", "unknown command 'nonsense'")]
    public async Task Wrong_usage_exits_with_2_and_says_why_on_stderr(string line, string message = "a command is missing")
    {
        CtlResult result = await _ctl.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (result.Code, result.Output));
        Assert.StartsWith("sshgatewayctl: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("\nUsage: sshgatewayctl ", result.Error, StringComparison.Ordinal);
        Assert.Empty(await _ctl.EventsAsync());
    }

    [Fact]
    public async Task Options_stand_anywhere_with_one_dash_or_two()
    {
        string[][] lines =
        [
            ["-c", "x.yaml", "-json", "show", "hosts"], ["show", "-json", "-c", "x.yaml", "hosts"], ["show", "hosts", "--json", "--c", "x.yaml"],
            ["--config=x.yaml", "show", "--json=true", "hosts"], ["show", "hosts", "-csv", "-csv=false", "-json", "-c=x.yaml"],
        ];
        foreach (string[] line in lines) Assert.Equal(new CtlResult(0, "[]\n", ""), await _ctl.RunAsync(line));
    }

    [Fact]
    public async Task Behind_two_dashes_there_are_words_only()
    {
        Assert.Equal(0, (await _ctl.RunAsync("error_banner", "--", "-closed-")).Code);
        Assert.EndsWith("(expiration date: never):\n-closed-\n", (await _ctl.RunAsync("show", "error_banner")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_command()
    {
        CtlResult all = await _ctl.RunAsync("help");
        Assert.Equal((0, ""), (all.Code, all.Error));
        Assert.All(CtlCommands.All, command => Assert.Contains($"\n  {command.Name} ", all.Output, StringComparison.Ordinal));
        foreach (CtlCommand command in CtlCommands.All)
        {
            CtlResult help = await _ctl.RunAsync(["help", .. command.Name.Split(' ')]);
            Assert.Equal((0, ""), (help.Code, help.Error));
            Assert.StartsWith($"Usage: sshgatewayctl {command.Name}", help.Output, StringComparison.Ordinal);
            Assert.All(command.Options, option => Assert.Contains($"\n  {option} ", help.Output, StringComparison.Ordinal));
            Assert.Equal(help, await _ctl.RunAsync([.. command.Name.Split(' '), "--help"]));
        }

        Assert.Contains("sshgatewayctl show hosts", (await _ctl.RunAsync("help", "show")).Output, StringComparison.Ordinal);
        Assert.Equal(all, await _ctl.RunAsync("-h"));
    }

    [Fact]
    public async Task The_version_is_printed() => Assert.Matches(@"^sshgatewayctl \d+\.\d+\.\d+\n$", (await _ctl.RunAsync("version")).Output);

    [Fact]
    public async Task A_bad_configuration_exits_with_1_and_names_the_place()
    {
        _ctl.Configuration = "nonsense: 1\n";
        CtlResult result = await _ctl.RunAsync("-c", "my.yaml", "show", "hosts");
        Assert.Equal(new CtlResult(1, "", "sshgatewayctl: my.yaml:1:1: unknown key 'nonsense'\n"), result);
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_exits_with_1_and_one_line()
    {
        _ctl.Store = UnreachableStore.Create();
        foreach (string line in new[] { "show connections", "show hosts", "enable -all", "error_banner hello", "forget persist -user u", "kill -user u", "watch hosts", "show events" })
        {
            Assert.Equal(new CtlResult(1, "", "sshgatewayctl: the database does not answer\n"), await _ctl.RunAsync(line.Split(' ')));
        }
    }

    [Fact]
    public async Task What_only_the_gateway_knows_is_asked_of_the_gateway()
    {
        _ctl.Configuration = "state_dir: /gateway\n";
        Assert.Equal(10, (await _ctl.RunAsync("show", "hosts")).Code);
        Assert.Equal(0, (await _ctl.RunAsync("show", "config")).Code);
        Assert.Equal(1, _ctl.InGateway);
    }
}
