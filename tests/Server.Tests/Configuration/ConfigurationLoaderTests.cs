using System.Net;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    [Fact]
    public void Empty_file_has_all_defaults()
    {
        GatewayConfiguration configuration = Loaded.Yaml("");
        Assert.Equal(["[::]:22", "0.0.0.0:22"], configuration.Listen.Select(l => l.ToString()));
        Assert.Equal("sqlite:/var/lib/sshgateway/state.db", configuration.State.Database);
        Assert.Equal(["{home}/.ssh/authorized_keys", "/var/lib/sshgateway/keys/{user}"], configuration.Auth.AuthorizedKeys);
        RouteConfiguration route = configuration.RouteFor("alice", [], null);
        Assert.Equal("default", route.Service);
        Assert.Equal(RouteSelect.Ordered, route.RouteSelect);
        Assert.Equal(TimeSpan.FromSeconds(5), route.StatsInterval);
        Assert.Equal(["/etc/ssh/ssh_known_hosts", "/var/lib/sshgateway/known_hosts"], route.Destination.KnownHosts);
        Assert.False(route.Permit.Tunnel.AllowsAny);
        Assert.True(route.Permit.LocalForward.Allows("host", 80));
    }

    [Fact]
    public void Unknown_key_is_an_error_with_its_place_and_the_nearest_key()
    {
        ConfigurationError error = Loaded.OnlyError("debug: true\nrecording:\n  fromat: dump\n");
        Assert.Equal(("test.yaml", 3, 3), (error.File, error.Line, error.Column));
        Assert.Equal("unknown key 'fromat', did you mean 'format'?", error.Message);
    }

    [Fact]
    public void Several_errors_are_reported_at_once()
    {
        ConfigurationResult result = Loaded.Result("debug: maybe\nmode: stick\ncheck_interval: 10\ndest: {}\n");
        Assert.Null(result.Configuration);
        Assert.Equal([1, 2, 3, 4], result.Errors.Select(e => e.Line));
    }

    [Fact]
    public void Later_overrides_win_and_maps_merge()
    {
        GatewayConfiguration configuration = Loaded.Yaml("""
            dest: [first]
            environment: {A: "1", B: "2"}
            overrides:
              - match: [{users: [alice]}, {groups: [ops]}]
                dest: [second:2222]
                environment: {B: "3"}
              - match: [{users: [alice], groups: [staff]}]
                service: third
            """);
        RouteConfiguration alice = configuration.RouteFor("alice", ["staff"], null);
        Assert.Equal(new HostEndpoint("second", 2222), Assert.Single(alice.Dest));
        Assert.Equal("third", alice.Service);
        Assert.Equal("1", alice.Environment["A"]);
        Assert.Equal("3", alice.Environment["B"]);
        Assert.Equal([0, 1], alice.AppliedOverrides);
        Assert.Equal("default", configuration.RouteFor("bob", ["ops"], null).Service);
        Assert.Equal("first", configuration.RouteFor("bob", ["staff"], null).Dest[0].Host);
    }

    [Fact]
    public void Sources_match_the_gateway_address_and_become_the_listening_addresses()
    {
        GatewayConfiguration configuration = Loaded.Yaml("""
            overrides:
              - match: [{sources: [gateway.example.org, "198.51.100.7:2022"]}]
                service: named
            """);
        Assert.Equal("named", configuration.RouteFor("u", [], IPEndPoint.Parse("192.0.2.1:22")).Service);
        Assert.Equal("named", configuration.RouteFor("u", [], new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.1"), 22)).Service);
        Assert.Equal("named", configuration.RouteFor("u", [], IPEndPoint.Parse("198.51.100.7:2022")).Service);
        Assert.Equal("default", configuration.RouteFor("u", [], IPEndPoint.Parse("192.0.2.1:2022")).Service);
        Assert.Equal("default", configuration.RouteFor("u", [], null).Service);
        Assert.Equal([new HostEndpoint("192.0.2.1", 22)], configuration.Listen);
        Assert.Equal(2, configuration.ForeignSources.Count);
    }
}
