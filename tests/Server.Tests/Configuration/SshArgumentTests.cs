using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

public sealed class SshArgumentTests
{
    private static readonly Dictionary<string, Func<RouteConfiguration, object?>> Read = new(StringComparer.Ordinal)
    {
        ["quiet"] = r => r.SshArgs.Quiet,
        ["verbose"] = r => r.SshArgs.Verbose,
        ["agent"] = r => $"{r.SshArgs.ForwardAgent} {r.Permit.Agent}",
        ["x11"] = r => $"{r.SshArgs.ForwardX11} {r.Permit.X11}",
        ["tty"] = r => $"{r.SshArgs.RequestTty} {r.Permit.Pty}",
        ["tty forced"] = r => r.SshArgs.ForceTty,
        ["subsystem"] = r => r.SshArgs.Subsystem,
        ["forwards"] = r => $"{r.Permit.LocalForward} {r.Permit.RemoteForward} {r.Permit.Streamlocal}",
        ["user"] = r => r.Destination.User,
        ["dest"] = r => string.Join(' ', r.Dest),
        ["keys"] = r => string.Join(' ', r.Destination.UserKeys),
        ["known_hosts"] = r => string.Join(' ', r.Destination.KnownHosts),
        ["check"] = r => r.Destination.HostKeyCheck.ToString(),
        ["timeout"] = r => r.Destination.ConnectTimeout.TotalSeconds,
        ["keepalive"] = r => $"{r.Destination.KeepaliveInterval.TotalSeconds}x{r.Destination.KeepaliveCount}",
        ["environment"] = r => string.Join(';', r.Environment.Select(e => $"{e.Key}={e.Value}")),
    };

    [Theory]
    [InlineData("-q", "quiet", true)]
    [InlineData("-vvv", "verbose", 3)]
    [InlineData("-v, -qv", "verbose", 2)]
    [InlineData("-A", "agent", "True true")]
    [InlineData("-a", "agent", "False false")]
    [InlineData("-oForwardAgent=no", "agent", "False false")]
    [InlineData("-X", "x11", "True true")]
    [InlineData("-Y", "x11", "True true")]
    [InlineData("-x", "x11", "False false")]
    [InlineData("-o, ForwardX11=no", "x11", "False false")]
    [InlineData("-t", "tty", "True true")]
    [InlineData("-T", "tty", "False false")]
    [InlineData("-oRequestTTY=force", "tty", "True true")]
    [InlineData("-t", "tty forced", false)]
    [InlineData("-tt", "tty forced", true)]
    [InlineData("-t, -t", "tty forced", true)]
    [InlineData("-tt, -T", "tty forced", false)]
    [InlineData("-oRequestTTY=yes", "tty forced", false)]
    [InlineData("-oRequestTTY=force", "tty forced", true)]
    [InlineData("-s", "subsystem", true)]
    [InlineData("-oClearAllForwardings=yes", "forwards", "false false false")]
    [InlineData("-l, bob", "user", "bob")]
    [InlineData("-lbob", "user", "bob")]
    [InlineData("-oUser=%u-x", "user", "{user}-x")]
    [InlineData("-p, '2222'", "dest", "a:2222 b:23")]
    [InlineData("-qp2222", "dest", "a:2222 b:23")]
    [InlineData("-o, Port 2222", "dest", "a:2222 b:23")]
    [InlineData("-i, ~/.ssh/k, -i/etc/k", "keys", "{home}/.ssh/k /etc/k")]
    [InlineData("-oIdentityFile=%d/k", "keys", "{home}/k")]
    [InlineData("-oUserKnownHostsFile=/a /b", "known_hosts", "/a /b")]
    [InlineData("-oGlobalKnownHostsFile=/a", "known_hosts", "/a")]
    [InlineData("-ostricthostkeychecking=no", "check", "Off")]
    [InlineData("-oStrictHostKeyChecking=accept-new", "check", "AcceptNew")]
    [InlineData("-oStrictHostKeyChecking=ask", "check", "Strict")]
    [InlineData("-oConnectTimeout=7", "timeout", 7.0)]
    [InlineData("-o, ServerAliveInterval=30, -oServerAliveCountMax=2", "keepalive", "30x2")]
    [InlineData("-oSetEnv=B=2 C=3", "environment", "B=2;C=3;A=1")]
    [InlineData("-oSetEnv=A=9", "environment", "A=1")]
    [InlineData("-oLogLevel=DEBUG2", "verbose", 2)]
    [InlineData("-oProtocol=2, -oBatchMode=yes, -oCompression=no, -oPermitLocalCommand=no, -oTCPKeepAlive=yes, -oSendEnv=LANG", "verbose", 0)]
    public void Argument_has_its_meaning_without_a_warning(string arguments, string key, object expected)
    {
        ConfigurationResult result = Loaded.Result($"ssh: {{args: [{arguments}]}}\ndest: [a, 'b:23']\nenvironment: {{A: 1}}\n");
        Assert.Empty(result.Warnings);
        Assert.Equal(expected, Read[key](Loaded.Good(result).RouteFor("u", [], null)));
    }

    [Theory]
    [InlineData("-4", "'-4' has no effect here (-4)", 14)]
    [InlineData("-q, -enone", "'-enone' has no effect here (-e)", 18)]
    [InlineData("-q, -L, '80:a:80', -q", "'-L' has no effect here (-L)", 18)]
    [InlineData("-oProxyCommand=nc", "'-oProxyCommand=nc' has no effect here (ProxyCommand)", 14)]
    [InlineData("-oConnectTimeout=soon", "'-oConnectTimeout=soon' has a value that is not understood (ConnectTimeout)", 14)]
    [InlineData("-p, x", "'-p' is no port", 14)]
    [InlineData("-q, -i", "'-i' needs a value", 18)]
    [InlineData("host", "'host' is no option", 14)]
    public void Argument_without_a_meaning_is_warned_about(string arguments, string expected, int column)
    {
        ConfigurationResult result = Loaded.Result($"ssh: {{args: [{arguments}]}}");
        ConfigurationError warning = Assert.Single(result.Warnings);
        Assert.Equal($"test.yaml:1:{column}: the ssh argument {expected}", warning.ToString());
        Assert.NotNull(result.Configuration);
    }

    [Fact]
    public void Keys_of_destination_win_over_arguments_wherever_they_stand()
    {
        GatewayConfiguration configuration = Loaded.Yaml("""
            destination: {connect_timeout: 2s, user: u, user_keys: [/k], known_hosts: [/h], host_key_check: strict, keepalive: 5s}
            overrides:
              - match: [{}]
                ssh: {args: [-lx, -i/x, -oConnectTimeout=9, -oUserKnownHostsFile=/x, -oStrictHostKeyChecking=no, -oServerAliveInterval=9]}
            """);
        DestinationConfiguration destination = configuration.RouteFor("u", [], null).Destination;
        Assert.Equal(("u", 2.0, HostKeyCheck.Strict, 5.0), (destination.User, destination.ConnectTimeout.TotalSeconds, destination.HostKeyCheck, destination.KeepaliveInterval.TotalSeconds));
        Assert.Equal(["/k", "/h"], destination.UserKeys.Concat(destination.KnownHosts));
    }

    [Fact]
    public void Arguments_of_an_override_undo_those_at_the_top()
    {
        GatewayConfiguration configuration = Loaded.Yaml("""
            ssh: {args: [-x, -oConnectTimeout=9]}
            overrides: [{match: [{users: [u]}], ssh: {args: [-q]}}]
            """);
        Assert.Equal(9, configuration.RouteFor("v", [], null).Destination.ConnectTimeout.TotalSeconds);
        RouteConfiguration route = configuration.RouteFor("u", [], null);
        Assert.True(route.Destination.ConnectTimeout.TotalSeconds == 1 && route.Permit.X11.AllowsAny);
    }
}
