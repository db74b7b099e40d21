using System.Text;
using SshGateway.Protocol.Keys.Trust;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class ForcedCommandTests
{
    private static PermitPolicy Policy(string forced, bool mustMatch = false, params KeyValuePair<string, string>[] environment) =>
        new(PermitConfiguration.Default, [])
        {
            ForcedCommand = forced.Length > 0 ? Encoding.UTF8.GetBytes(forced) : null,
            CommandMustMatch = mustMatch,
            Environment = environment,
        };

    /// <summary>Request type and the strings behind it.</summary>
    private static async Task<string[]> NextRequestAsync(RelayFixture relay)
    {
        byte[] message = await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        var reader = new SshReader(message.AsSpan(5));
        var fields = new List<string> { reader.ReadText() };
        reader.ReadBoolean();
        while (!reader.IsAtEnd) fields.Add(reader.ReadText());
        return [.. fields];
    }

    [Theory]
    [InlineData("exec", "rm -rf /")]
    [InlineData("subsystem", "sftp")]
    public async Task The_forced_command_runs_and_learns_what_was_asked_for(string type, string asked)
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(Policy("uptime"));
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, type, wantReply: true, (ref SshWriter w) => w.WriteString(asked));
        Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", asked], await NextRequestAsync(relay));
        Assert.Equal(["exec", "uptime"], await NextRequestAsync(relay));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
    }

    [Fact]
    public async Task A_shell_becomes_the_forced_command_too()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(Policy("uptime"));
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        Assert.Equal(["exec", "uptime"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task A_command_that_must_match_and_does_not_is_refused()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(Policy("uptime", mustMatch: true));
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, (ref SshWriter w) => w.WriteString("id"));
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: true, (ref SshWriter w) => w.WriteString("uptime"));
        Assert.Equal(["env", "SSH_ORIGINAL_COMMAND", "uptime"], await NextRequestAsync(relay));
    }

    [Fact]
    public async Task Variables_of_the_route_come_before_the_command()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(Policy("", false, KeyValuePair.Create("A", "1"), KeyValuePair.Create("B", "2")));
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("id"));
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
            Text = "restrict,command=\"true\"",
            Restrict = true,
            Command = "true",
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
        Assert.Equal("true"u8.ToArray(), key.ForcedCommand);
        Assert.Same(route, KeyRestrictionPolicy.Apply(route, AuthorizedKeyOptions.None));
    }
}
