using System.Net;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Commands;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.Commands;

public sealed class ConvertCommandTests
{
    // Each thing version 1 can say once: a route of its own, the default route, groups and users with both.
    private const string Everything = """
        check_interval: 2m30s
        environment: {XAUTHORITY: '/tmp/.Xauthority_{user}'}
        routes:
          service1:
            source: [192.168.0.2]
            dest: [host3, host4]
            route_select: bandwidth
            mode: balanced
            force_command: internal-sftp
            command_must_match: true
            etcd_keyttl: 3600
            environment: {XAUTHORITY: '/dev/shm/.Xauthority_{user}'}
          default:
            dest: ["host5:4222"]
            environment: {TEST: test}
        groups:
          - foo,bar:
              debug: true
              log: /tmp/sshproxy-foo/{user}.log
              ssh: {args: [-vvv, -Y]}
              environment: {ENV1: /tmp/env}
              routes:
                service1: {source: [127.0.0.1], dest: [hosty]}
                default: {dest: [hostx], environment: {ENV2: /tmp/foo}}
        users:
          - alice,bob:
              debug: true
              log: /tmp/sshproxy-{user}.log
              dump: /tmp/sshproxy-{user}-{time}.dump
              routes:
                default: {dest: [hostz], environment: {ENV3: /tmp/foo}}
                service1: {source: [127.0.0.2], dest: ["hostz:4222"], environment: {ENV4: /tmp/foo}}
        """;

    private const string DefaultRouteOnly = """
        routes:
          default:
            route_select: connections
            mode: sticky
            force_command: /bin/false
            command_must_match: true
            etcd_keyttl: 1800
        """;

    [ReferenceFact("ctl")]
    public void Version_1_with_everything_converts_as_the_reference() => SameAsReference("convert-V1a.txt", Everything);

    [ReferenceFact("ctl")]
    public void Version_1_with_a_default_route_converts_as_the_reference() => SameAsReference("convert-V1b.txt", DefaultRouteOnly);

    [Fact]
    public void The_result_loads_and_routes_as_version_1_did()
    {
        GatewayConfiguration configuration = Loaded.Yaml(Convert(Everything));
        RouteConfiguration top = configuration.RouteFor("carol", [], null);
        Assert.Equal(new HostEndpoint("host5", 4222), Assert.Single(top.Dest));
        Assert.Equal("test", top.Environment["TEST"]);
        RouteConfiguration service = configuration.RouteFor("carol", [], IPEndPoint.Parse("192.168.0.2:22"));
        Assert.Equal(("service1", RouteSelect.Bandwidth, RouteMode.Balanced), (service.Service, service.RouteSelect, service.Mode));
        Assert.Equal(TimeSpan.FromHours(1), service.Persist);
        RouteConfiguration member = configuration.RouteFor("carol", ["bar"], IPEndPoint.Parse("127.0.0.1:22"));
        Assert.Equal("hosty", Assert.Single(member.Dest).Host);
        Assert.True(member.Debug);
        Assert.Equal("hostz", Assert.Single(configuration.RouteFor("bob", ["foo"], null).Dest).Host);
    }

    [Theory]
    [InlineData("overrides: []", "test.yaml:1:1: 'overrides' belongs to version 2: there is nothing to convert")]
    [InlineData("rutes: {}", "test.yaml:1:1: unknown key 'rutes', did you mean 'routes'? (of version 1)")]
    [InlineData("routes:\n  a: {dest: [x]}", "test.yaml:2:3: the route 'a' has no 'source': a list of addresses is expected")]
    [InlineData("users: {}", "test.yaml:1:8: 'users' expects a list of maps, not a map")]
    [InlineData("users: [a]", "test.yaml:1:9: an item of 'users' should be a map, not 'a'")]
    public void What_is_not_version_1_is_refused(string text, string expected)
    {
        StringWriter error = new();
        Assert.Equal(78, ConvertCommand.RunText(text, "test.yaml", TextWriter.Null, error));
        Assert.Equal(expected, error.ToString().TrimEnd());
    }

    [Fact]
    public void Texts_that_look_like_something_else_stay_texts()
    {
        const string Text = """
            environment: {A: "true", B: "a: b", C: "it's #1", D: "line\nline", E: "", F: " x", G: "12", H: "- x", I: "{x}", J: "\u0001"}
            """;
        RouteConfiguration before = Loaded.Route(Text), after = Loaded.Route(Convert(Text));
        Assert.Equal(before.Environment.ToArray(), after.Environment.ToArray());
    }

    private static string Convert(string text)
    {
        StringWriter output = new(), error = new();
        Assert.True(ConvertCommand.RunText(text, "v1.yaml", output, error) == 0, error.ToString());
        return output.ToString();
    }

    private static void SameAsReference(string name, string text) =>
        Assert.Equal(File.ReadAllText(Path.Combine(Reference.Folder("ctl")!, name)), Convert(text), ignoreLineEndingDifferences: true);
}
