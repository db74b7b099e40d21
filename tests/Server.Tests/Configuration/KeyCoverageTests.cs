using System.Reflection;
using SshGateway.Server.Configuration.Schema;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>A key that nobody tests would be noticed here.</summary>
public sealed class KeyCoverageTests
{
    // Tested by their own classes, or without a value of their own.
    private static readonly string[] Elsewhere = ["ssh.exe", "etcd.endpoints", "etcd.tls", "etcd.username", "etcd.password", "limits.penalties"];

    [Fact]
    public void Each_key_of_the_gateway_has_a_test_of_its_value() =>
        Assert.Equal([], Missing(typeof(GatewayKeyTests), nameof(GatewayKeyTests.Key_has_its_value), GatewaySettings.Table.Paths));

    [Fact]
    public void Each_key_of_routes_has_a_test_of_its_value_at_the_top_and_in_an_override() =>
        Assert.Equal([], Missing(typeof(RouteKeyTests), nameof(RouteKeyTests.Key_has_its_value_at_the_top_and_in_an_override), RouteSettings.Table.Paths));

    private static string[] Missing(Type tests, string method, IEnumerable<string> keys)
    {
        string all = string.Join('\n', tests.GetMethod(method)!.GetCustomAttributes<InlineDataAttribute>().Select(data => (string)data.GetData(tests.GetMethod(method)!).Single()[0]!));
        return [.. keys.Except(Elsewhere).Where(key => !all.Contains(key[(key.LastIndexOf('.') + 1)..] + ":", StringComparison.Ordinal))];
    }
}
