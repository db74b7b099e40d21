using SshGateway.Server.Commands;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>A gateway without a file: the keys of a first run from variables.</summary>
public sealed class EnvironmentConfigurationTests
{
    private const string NoFile = "/nonexistent/sshgateway.yaml";

    [Fact]
    public void Each_variable_sets_its_key()
    {
        ConfigurationResult result = Load(
            ("SSHGATEWAY_DEST", "n[1,3], other:2200"), ("SSHGATEWAY_LISTEN", "127.0.0.1:2222,[::1]:2223"), ("SSHGATEWAY_DATABASE", "postgresql://u:p@db/x"),
            ("SSHGATEWAY_AUTHORIZED_KEYS", "/keys/{user}"), ("SSHGATEWAY_REQUIRE_SYSTEM_USER", "false"), ("SSHGATEWAY_DESTINATION_USER", "demo"),
            ("SSHGATEWAY_DESTINATION_KEY", "/a,/b"), ("SSHGATEWAY_KNOWN_HOSTS", "/known"), ("SSHGATEWAY_HOST_KEY_CHECK", "accept-new"), ("SSHGATEWAY_ADMIN_LISTEN", "127.0.0.1:9100"));
        Assert.Empty(result.Errors);
        GatewayConfiguration configuration = result.Configuration!;
        RouteConfiguration route = configuration.Routes.Base;
        Assert.Equal(["n1:22", "n3:22", "other:2200"], route.Dest.Select(host => host.ToString()));
        Assert.Equal(["127.0.0.1:2222", "[::1]:2223"], configuration.Listen.Select(host => host.ToString()));
        Assert.Equal("postgresql://u:p@db/x", configuration.State.Database);
        Assert.Equal(["/keys/{user}"], configuration.Auth.AuthorizedKeys);
        Assert.False(configuration.Auth.RequireSystemUser);
        Assert.Equal("demo", route.Destination.User);
        Assert.Equal(["/a", "/b"], route.Destination.Keys);
        Assert.Equal(["/known"], route.Destination.KnownHosts);
        Assert.Equal(HostKeyCheck.AcceptNew, route.Destination.HostKeyCheck);
        Assert.NotNull(configuration.AdminListen);
        Assert.Equal(NoFile, configuration.FilePath);
    }

    [Fact]
    public void Without_a_file_and_without_a_destination_the_error_names_both()
    {
        ConfigurationError error = Assert.Single(Load(("SSHGATEWAY_LISTEN", "127.0.0.1:2222")).Errors);
        Assert.Equal($"{NoFile}: does not exist, and SSHGATEWAY_DEST, which could take its place, is not set", error.ToString());
    }

    [Fact]
    public void An_error_names_the_variable()
    {
        ConfigurationError error = Assert.Single(Load(("SSHGATEWAY_DEST", "n1"), ("SSHGATEWAY_HOST_KEY_CHECK", "perhaps")).Errors);
        Assert.StartsWith("environment variable SSHGATEWAY_HOST_KEY_CHECK: ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_alone_counts()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "dest: [fromfile]\n");
            GatewayConfiguration configuration = ConfigurationLoader.Load(file, Services(("SSHGATEWAY_DEST", "n1"), ("SSHGATEWAY_LISTEN", "127.0.0.1:1"))).Configuration!;
            Assert.Equal(["fromfile:22"], configuration.Routes.Base.Dest.Select(host => host.ToString()));
            Assert.DoesNotContain(configuration.Listen, host => host.Port == 1);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_first_start_says_what_is_left_to_do()
    {
        string[] hints = [.. FirstStart.Hints(Load(("SSHGATEWAY_DEST", "n1:2200"), ("SSHGATEWAY_LISTEN", "0.0.0.0:2222"), ("SSHGATEWAY_DESTINATION_KEY", "/etc/sshgateway/key")).Configuration!)];
        Assert.Contains(hints, hint => hint.Contains("/var/lib/sshgateway: keep that folder", StringComparison.Ordinal));
        Assert.Contains(hints, hint => hint.Contains("public key /etc/sshgateway/key.pub", StringComparison.Ordinal));
        Assert.Contains(hints, hint => hint.Contains("ssh-keyscan -p 2200 n1", StringComparison.Ordinal));
        Assert.Equal("then try: ssh -p 2222 USER@GATEWAY", hints[^1]);
        Assert.DoesNotContain(hints, hint => hint.Contains("no destination", StringComparison.Ordinal));
        Assert.Contains(FirstStart.Hints(new GatewayConfiguration { Listen = [new HostEndpoint("::", 22)] }), hint => hint.StartsWith("there is no destination yet", StringComparison.Ordinal));
    }

    private static ConfigurationResult Load(params (string Name, string Value)[] variables) => ConfigurationLoader.Load(NoFile, Services(variables));

    private static LoadServices Services(params (string Name, string Value)[] variables) => LoadServices.System with
    {
        EnvironmentVariable = name => variables.FirstOrDefault(variable => variable.Name == name).Value,
    };
}
