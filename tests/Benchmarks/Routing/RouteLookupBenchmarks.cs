using System.Globalization;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using SshGateway.Server.Configuration;

namespace SshGateway.Benchmarks.Routing;

/// <summary>The settings of a login where the file has 1,000 overrides and pools of 10,000 hosts.</summary>
public class RouteLookupBenchmarks
{
    private static readonly IPEndPoint Address = IPEndPoint.Parse("192.0.2.1:22");
    private static readonly string[] Groups = ["staff", "group7", "group501", "wheel"];

    private GatewayConfiguration _configuration = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var yaml = new StringBuilder("dest: [\"n[00000-09999]\"]\noverrides:\n");
        for (int i = 0; i < 1000; i++)
        {
            string match = (i % 3) switch
            {
                0 => $"users: [user{i}, other{i}]",
                1 => $"groups: [group{i}]",
                _ => $"users: [alice], sources: [\"192.0.2.1:{i + 22}\"]",
            };
            yaml.Append(CultureInfo.InvariantCulture, $"  - match: [{{{match}}}]\n    service: s{i}\n");
            if (i % 100 == 0) yaml.Append("    dest: [\"m[00000-09999]\"]\n");
        }

        _configuration = ConfigurationLoader.LoadText(yaml.ToString(), "bench.yaml", LoadServices.System).Configuration!;
    }

    [Benchmark]
    public object Matching() => _configuration.RouteFor("user501", Groups, Address);

    [Benchmark]
    public object NoneMatches() => _configuration.RouteFor("nobody", [], Address);
}
