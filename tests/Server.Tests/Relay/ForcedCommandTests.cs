using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Commands;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class ForcedCommandTests
{
    /// <summary>Request type and the strings behind it.</summary>
    private static async Task<string[]> NextRequestAsync(RelayFixture relay)
    {
        byte[] message = await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        var reader = new SshReader(message.AsSpan(5));
        var fields = new List<string> { reader.ReadText() };
        reader.ReadBoolean();
        if (fields[0] == "pty-req") return [fields[0], reader.ReadText()];
        while (!reader.IsAtEnd) fields.Add(reader.ReadText());
        return [.. fields];
    }

    private static RelayFixture.Fields Text(params string[] values) => (ref SshWriter w) =>
    {
        foreach (string value in values) w.WriteString(value);
    };

    private static Task<RelayFixture> StartAsync(CommandRules rules, IRelayPolicy? policy = null) => RelayFixture.StartAsync(policy, commands: rules);

    [Theory]
    [InlineData("exec", "rm -rf /")]
    [InlineData("subsystem", "sftp")]
    public async Task The_forced_command_runs_and_learns_what_was_asked_for(string type, string asked)
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceCommand = "uptime" });
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, type, wantReply: true, Text(asked));
        Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", asked], await NextRequestAsync(relay));
        Assert.Equal(["exec", "uptime"], await NextRequestAsync(relay));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
    }

    [Fact]
    public async Task A_shell_becomes_the_forced_command_too()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceCommand = "uptime" });
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        Assert.Equal(["exec", "uptime"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task A_second_session_of_the_connection_is_treated_like_the_first()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceCommand = "uptime" });
        (uint first, _) = await relay.OpenSessionAsync(1, 11);
        (uint second, _) = await relay.OpenSessionAsync(2, 12);
        foreach (uint channel in new[] { first, second })
        {
            await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, Text("id"));
            Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", "id"], await NextRequestAsync(relay));
            Assert.Equal(["exec", "uptime"], await NextRequestAsync(relay));
        }
    }

    [Fact]
    public async Task A_user_who_is_bound_to_a_command_cannot_say_himself_what_he_asked_for()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceCommand = "uptime" });
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "env", wantReply: true, Text("SSH_ORIGINAL_COMMAND", "forged"));
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.RequestAsync(Side.Client, channel, "env", wantReply: false, Text("LANG", "C"));
        Assert.Equal(["env", "LANG", "C"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task A_command_that_must_match_and_does_not_is_refused()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceCommand = "uptime", MustMatch = true });
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, Text("id"));
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, Text("uptime"));
        Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", "uptime"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task A_translated_command_goes_as_a_subsystem_with_its_own_variables_after_the_routes()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules
        {
            Environment = [KeyValuePair.Create("A", "1")],
            Translations = new Dictionary<string, TranslatedCommand>(StringComparer.Ordinal)
            {
                ["internal-sftp"] = new TranslatedCommand(new SshArguments { Subsystem = true, SetEnv = [KeyValuePair.Create("B", "2")] }, "sftp", DisableDump: false),
            },
        });
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, Text("internal-sftp"));
        Assert.Equal(["env", "A", "1"], await NextRequestAsync(relay));
        Assert.Equal(["env", "B", "2"], await NextRequestAsync(relay));
        Assert.Equal(["subsystem", "sftp"], await NextRequestAsync(relay));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
    }

    [Fact]
    public async Task A_forced_terminal_is_asked_for_only_where_the_client_has_none()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceTerminal = true });
        (uint first, _) = await relay.OpenSessionAsync(1, 11);
        await relay.RequestAsync(Side.Client, first, "exec", wantReply: false, Text("top"));
        Assert.Equal(["pty-req", "dumb"], await NextRequestAsync(relay));
        Assert.Equal(["exec", "top"], await NextRequestAsync(relay));

        (uint second, _) = await relay.OpenSessionAsync(2, 12);
        await relay.RequestAsync(Side.Client, second, "pty-req", wantReply: false, Text("xterm"));
        await relay.RequestAsync(Side.Client, second, "exec", wantReply: false, Text("top"));
        Assert.Equal(["pty-req", "xterm"], await NextRequestAsync(relay));
        Assert.Equal(["exec", "top"], await NextRequestAsync(relay));

        (uint third, _) = await relay.OpenSessionAsync(3, 13);
        await relay.RequestAsync(Side.Client, third, "subsystem", wantReply: false, Text("sftp"));
        Assert.Equal(["subsystem", "sftp"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task A_forced_terminal_that_is_not_permitted_is_not_asked_for()
    {
        var policy = new PermitPolicy(PermitConfiguration.Default with { Pty = PermitRule.Deny }, []);
        await using RelayFixture relay = await StartAsync(new CommandRules { ForceTerminal = true }, policy);
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, Text("top"));
        Assert.Equal(["exec", "top"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task The_command_of_a_users_own_key_must_be_permitted()
    {
        var policy = new PermitPolicy(PermitConfiguration.Default with { Exec = PermitRule.Of(["rsync *"]) }, []);
        await using RelayFixture relay = await StartAsync(new CommandRules { KeyCommand = "bash" }, policy);
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, Text("rsync --server"));
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
    }

    [Fact]
    public async Task The_command_of_a_users_own_key_runs_where_it_is_permitted()
    {
        var policy = new PermitPolicy(PermitConfiguration.Default with { Exec = PermitRule.Of(["rsync *"]) }, []);
        await using RelayFixture relay = await StartAsync(new CommandRules { KeyCommand = "rsync --sender" }, policy);
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, Text("rsync --server"));
        Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", "rsync --server"], await NextRequestAsync(relay));
        Assert.Equal(["exec", "rsync --sender"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task Variables_of_the_route_come_before_the_command()
    {
        await using RelayFixture relay = await StartAsync(new CommandRules { Environment = [KeyValuePair.Create("A", "1"), KeyValuePair.Create("B", "2")] });
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, Text("id"));
        Assert.Equal(["env", "A", "1"], await NextRequestAsync(relay));
        Assert.Equal(["env", "B", "2"], await NextRequestAsync(relay));
        Assert.Equal(["exec", "id"], await NextRequestAsync(relay));
    }

    [Fact]
    public void The_options_of_a_key_take_away_and_never_add()
    {
        var route = new PermitPolicy(PermitConfiguration.Default with { X11 = PermitRule.Deny }, []);
        IRelayPolicy key = KeyRestrictionPolicy.Apply(route, new AuthorizedKeyOptions
        {
            Text = "restrict",
            Restrict = true,
            PermitPty = false,
            PermitPortForwarding = false,
            PermitAgentForwarding = false,
        });
        Assert.False(key.AllowsChannelRequest("pty-req", []));
        Assert.False(key.AllowsChannelRequest("auth-agent-req@openssh.com", []));
        Assert.False(key.AllowsChannelRequest("x11-req", []));
        Assert.True(key.AllowsChannelRequest("shell", []));
        Assert.NotNull(key.CheckOpen("direct-tcpip", []));
        Assert.NotNull(key.CheckOpen("direct-streamlocal@openssh.com", []));
        Assert.False(key.AllowsGlobalRequest("tcpip-forward", []));
        Assert.Same(route, KeyRestrictionPolicy.Apply(route, AuthorizedKeyOptions.None));
    }
}
