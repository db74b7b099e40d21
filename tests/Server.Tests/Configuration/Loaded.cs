using System.Net;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>Loads texts with a machine that is the same everywhere: two own addresses, one name.</summary>
internal static class Loaded
{
    public static readonly LoadServices Services = new()
    {
        Resolve = name => name == "gateway.example.org" ? [IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")] : [],
        LocalAddresses = () => [IPAddress.Loopback, IPAddress.Parse("192.0.2.1")],
        EnvironmentVariable = name => name == "DATABASE" ? "postgresql://gw:secret@db/gw" : null,
        ReadText = path => path switch
        {
            "/etc/banner" => "from a file",
            "/var/lib/sshgateway/map" => "bob bob2\nalice {user}-x # is she\n* nobody\n",
            "/map/bad" => "alice\n\n  bob  b extra\ncarol {usr}\n",
            _ => throw new FileNotFoundException(path),
        },
    };

    public static GatewayConfiguration Yaml(string text) => Good(Result(text, "test.yaml"));

    public static RouteConfiguration Route(string text) => Yaml(text).RouteFor("alice", ["staff"], IPEndPoint.Parse("192.0.2.1:22"));

    public static ConfigurationResult Result(string text, string file = "test.yaml") => ConfigurationLoader.LoadText(text, file, Services);

    public static ConfigurationError OnlyError(string text, string file = "test.yaml")
    {
        ConfigurationResult result = Result(text, file);
        Assert.Null(result.Configuration);
        return Assert.Single(result.Errors);
    }

    public static GatewayConfiguration Good(ConfigurationResult result)
    {
        Assert.True(result.Configuration is not null, string.Join('\n', result.Errors));
        return result.Configuration;
    }
}
