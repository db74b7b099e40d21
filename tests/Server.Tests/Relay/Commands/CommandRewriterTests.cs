using System.Text;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay.Commands;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Relay.Commands;

public sealed class CommandRewriterTests
{
    private static readonly Dictionary<string, TranslatedCommand> Translations = new(StringComparer.Ordinal)
    {
        ["ls"] = new TranslatedCommand(new SshArguments(), "ls -l", DisableDump: false),
        ["/usr/lib/openssh/sftp-server"] = new TranslatedCommand(new SshArguments { Subsystem = true }, "sftp", DisableDump: true),
        ["top"] = new TranslatedCommand(new SshArguments { ForceTty = true, SetEnv = [KeyValuePair.Create("A", "1")] }, "top", DisableDump: false),
        ["menu"] = new TranslatedCommand(new SshArguments(), "", DisableDump: false),
        ["uptime"] = new TranslatedCommand(new SshArguments(), "uptime -p", DisableDump: false),
    };

    private static string Run(CommandRules rules, string type, string asked)
    {
        if (new CommandRewriter(rules).Rewrite(type, Encoding.UTF8.GetBytes(asked)) is not { } start) return "refused";
        Assert.Equal((type, asked), (start.AskedType, Encoding.UTF8.GetString(start.AskedCommand.Span)));
        return $"{start.Type} [{Encoding.UTF8.GetString(start.Command.Span)}]{(start.DisableDump ? " no dump" : "")}{(start.IsUsersOwn ? " own" : "")}{(start.ForceTerminal ? " tty" : "")}";
    }

    [Theory]
    [InlineData("shell", "")]
    [InlineData("exec", "rm -rf x")]
    [InlineData("subsystem", "sftp")]
    public void Without_rules_everything_stays_as_it_is(string type, string asked)
    {
        ChannelStart start = CommandRewriter.Plain.Rewrite(type, Encoding.UTF8.GetBytes(asked))!;
        Assert.True(start.IsUnchanged);
        Assert.Equal((type, asked), (start.Type, Encoding.UTF8.GetString(start.Command.Span)));
    }

    [Theory]
    [InlineData("exec", "ls", "exec [ls -l]")]
    [InlineData("exec", "ls ", "exec [ls ]")]
    [InlineData("exec", "ls -a", "exec [ls -a]")]
    [InlineData("exec", "/usr/lib/openssh/sftp-server", "subsystem [sftp] no dump")]
    [InlineData("exec", "top", "exec [top] tty")]
    [InlineData("exec", "menu", "shell []")]
    [InlineData("shell", "", "shell []")]
    [InlineData("subsystem", "netconf", "subsystem [netconf]")]
    // An sshd in front of sshproxy had turned the subsystem into its command.
    [InlineData("subsystem", "sftp", "subsystem [sftp] no dump")]
    public void An_exact_command_is_translated(string type, string asked, string expected) =>
        Assert.Equal(expected, Run(new CommandRules { Translations = Translations }, type, asked));

    [Theory]
    [InlineData("shell", "", "exec [date]")]
    [InlineData("exec", "ls", "exec [date]")]
    [InlineData("subsystem", "sftp", "exec [date]")]
    public void The_forced_command_replaces_everything(string type, string asked, string expected) =>
        Assert.Equal(expected, Run(new CommandRules { ForceCommand = "date", Translations = Translations }, type, asked));

    [Fact]
    public void The_forced_command_of_the_route_wins_over_that_of_the_key()
    {
        Assert.Equal("exec [date]", Run(new CommandRules { ForceCommand = "date", KeyCommand = "backup" }, "shell", ""));
        Assert.Equal("exec [backup] own", Run(new CommandRules { KeyCommand = "backup" }, "exec", "ls"));
    }

    [Fact]
    public void A_forced_command_is_itself_translated_and_then_the_operators()
    {
        Assert.Equal("exec [uptime -p]", Run(new CommandRules { ForceCommand = "uptime", Translations = Translations }, "shell", ""));
        Assert.Equal("exec [uptime -p]", Run(new CommandRules { KeyCommand = "uptime", Translations = Translations }, "shell", ""));
    }

    [Theory]
    [InlineData("exec", "uptime", "exec [uptime]")]
    [InlineData("exec", "uptime ", "refused")]
    [InlineData("shell", "", "refused")]
    [InlineData("subsystem", "uptime", "refused")]
    public void A_command_that_must_match_is_compared_exactly(string type, string asked, string expected) =>
        Assert.Equal(expected, Run(new CommandRules { ForceCommand = "uptime", MustMatch = true }, type, asked));

    [Fact]
    public void Must_match_without_a_forced_command_asks_for_nothing() =>
        Assert.Equal("exec [id]", Run(new CommandRules { MustMatch = true }, "exec", "id"));

    [Theory]
    [InlineData("subsystem", "sftp", "subsystem [sftp]")]
    [InlineData("subsystem", "netconf", "refused")]
    [InlineData("exec", "id", "refused")]
    [InlineData("shell", "", "refused")]
    public void Internal_sftp_as_forced_command_gives_the_subsystem_to_those_who_ask_for_it(string type, string asked, string expected)
    {
        Assert.Equal(expected, Run(new CommandRules { ForceCommand = "internal-sftp" }, type, asked));
        Assert.Equal(expected == "refused" ? expected : expected + " own", Run(new CommandRules { KeyCommand = "internal-sftp -l INFO" }, type, asked));
    }

    [Fact]
    public void Bytes_that_are_no_text_pass_unchanged()
    {
        byte[] command = [0xff, 0xfe, 0x00, 0x80];
        ChannelStart start = new CommandRewriter(new CommandRules { Translations = Translations }).Rewrite("exec", command)!;
        Assert.True(start.IsUnchanged);
        Assert.Equal(command, start.Command.ToArray());
    }

    [Fact]
    public void Variables_of_the_key_need_permission_and_come_before_the_operators()
    {
        RouteConfiguration route = RouteConfiguration.Default with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["WHO"] = "{user}@{host}" },
            Permit = PermitConfiguration.Default with { UserEnvironment = PermitRule.Of(["LC_*", "WHO", "LD_PRELOAD"]) },
        };
        var key = new AuthorizedKeyOptions
        {
            Text = "environment",
            Command = "x",
            Environment = [KeyValuePair.Create("LC_X", "1"), KeyValuePair.Create("WHO", "me"), KeyValuePair.Create("OTHER", "2"), KeyValuePair.Create("LD_PRELOAD", "/evil")],
        };
        var patterns = new PatternExpander { User = "ann", Host = "node1" };
        CommandRules rules = CommandRules.Of(route, patterns, key);
        Assert.Equal(["LC_X=1", "WHO=me", "WHO=ann@node1"], rules.Environment.Select(v => $"{v.Key}={v.Value}"));
        Assert.Equal("x", rules.KeyCommand);
        Assert.Equal(["WHO=ann@node1"], CommandRules.Of(route with { Permit = PermitConfiguration.Default }, patterns, key).Environment.Select(v => $"{v.Key}={v.Value}"));
        Assert.Null(CommandRules.Of(RouteConfiguration.Default, patterns, null).ForceCommand);
    }
}
