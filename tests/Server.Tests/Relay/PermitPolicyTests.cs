using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class PermitPolicyTests
{
    private static PermitPolicy Policy(PermitConfiguration permit) => new(permit, [new HostEndpoint("inside", 22)]);

    private static byte[] Strings(params string[] values)
    {
        var writer = new SshWriter([]);
        foreach (string value in values) writer.WriteString(value);
        return writer.ToArray();
    }

    private static byte[] Address(string host, uint port)
    {
        var writer = new SshWriter([]);
        writer.WriteString(host);
        writer.WriteUInt32(port);
        writer.WriteString("127.0.0.1");
        writer.WriteUInt32(4000);
        return writer.ToArray();
    }

    [Fact]
    public void By_default_everything_but_a_tunnel_is_permitted()
    {
        PermitPolicy policy = Policy(PermitConfiguration.Default);
        Assert.Null(policy.CheckOpen("session", []));
        Assert.Null(policy.CheckOpen("direct-tcpip", Address("db", 5432)));
        Assert.Null(policy.CheckOpen("direct-streamlocal@openssh.com", Strings("/run/x", "")));
        Assert.Equal(OpenFailureReason.AdministrativelyProhibited, policy.CheckOpen("tun@openssh.com", [])!.Reason);
        Assert.All(
            ["pty-req", "shell", "x11-req", "auth-agent-req@openssh.com", "window-change", "signal", "anything@example.org"],
            type => Assert.True(policy.AllowsChannelRequest(type, [])));
        Assert.True(policy.AllowsGlobalRequest("tcpip-forward", Address("", 0)));
    }

    [Fact]
    public void Unknown_channel_types_are_refused_as_unknown() =>
        Assert.Equal(OpenFailureReason.UnknownChannelType, Policy(PermitConfiguration.Default).CheckOpen("fancy@example.org", [])!.Reason);

    [Fact]
    public void A_list_of_destinations_permits_only_those()
    {
        PermitPolicy policy = Policy(PermitConfiguration.Default with { LocalForward = PermitRule.Of(["db:5432"]) });
        Assert.Null(policy.CheckOpen("direct-tcpip", Address("db", 5432)));
        Assert.NotNull(policy.CheckOpen("direct-tcpip", Address("db", 5433)));
        Assert.NotNull(policy.CheckOpen("direct-tcpip", Address("web", 5432)));
        Assert.NotNull(policy.CheckOpen("direct-tcpip", Address("db", 5432 + 65536)));
    }

    [Theory]
    [InlineData("LD_PRELOAD")]
    [InlineData("LD_LIBRARY_PATH")]
    [InlineData("BASH_ENV")]
    [InlineData("A=B")]
    [InlineData("PATH")]
    public void Variables_that_make_a_loader_or_shell_run_something_never_pass(string name) =>
        Assert.False(Policy(PermitConfiguration.Default).AllowsChannelRequest("env", Strings(name, "x")));

    [Theory]
    [InlineData("LANG")]
    [InlineData("LC_ALL")]
    [InlineData("COLORTERM")]
    public void Ordinary_variables_pass(string name) =>
        Assert.True(Policy(PermitConfiguration.Default).AllowsChannelRequest("env", Strings(name, "x")));

    [Fact]
    public void What_is_forbidden_is_refused_one_by_one()
    {
        PermitRule no = PermitRule.Deny;
        PermitPolicy policy = Policy(new PermitConfiguration
        {
            Pty = no,
            Exec = no,
            Shell = no,
            Subsystems = no,
            Agent = no,
            X11 = no,
            LocalForward = no,
            RemoteForward = no,
            Streamlocal = no,
            Tunnel = no,
        });
        Assert.All(
            ["pty-req", "shell", "x11-req", "auth-agent-req@openssh.com"],
            type => Assert.False(policy.AllowsChannelRequest(type, [])));
        Assert.False(policy.AllowsChannelRequest("exec", Strings("id")));
        Assert.False(policy.AllowsChannelRequest("subsystem", Strings("sftp")));
        Assert.NotNull(policy.CheckOpen("direct-tcpip", Address("db", 1)));
        Assert.NotNull(policy.CheckOpen("direct-streamlocal@openssh.com", Strings("/x")));
        Assert.False(policy.AllowsGlobalRequest("tcpip-forward", Address("", 0)));
        Assert.False(policy.AllowsGlobalRequest("streamlocal-forward@openssh.com", Strings("/x")));
        Assert.True(policy.AllowsGlobalRequest("cancel-tcpip-forward", Address("", 0)));
    }
}
