using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.NodeSets;

namespace SshGateway.Benchmarks.Configuration;

/// <summary>A file of 5,000 lines with 1,000 overrides and a pool of 10,000 hosts: to load, and to find a user's route in.</summary>
public class ConfigurationBenchmarks
{
    private static readonly LoadServices Services = new()
    {
        Resolve = _ => [IPAddress.Loopback],
        LocalAddresses = () => [IPAddress.Loopback],
        Groups = () => new GroupResolver("/nonexistent"),
    };

    private static readonly string[] Groups = [.. Enumerable.Range(0, 20).Select(i => $"g{i}"), "staff7"];

    private readonly IPEndPoint _source = IPEndPoint.Parse("192.0.2.1:22");
    private string _text = "";
    private GatewayConfiguration _configuration = new();
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        var text = new StringBuilder("dest: ['n[1-10000]']\noverrides:\n");
        for (int i = 0; i < 1000; i++)
        {
            text.Append($"  - match:\n      - users: [u{i}]\n      - {{groups: [staff{i}], sources: ['192.0.2.1:22']}}\n    service: s{i}\n    environment: {{A: '{i}'}}\n");
        }

        _text = text.ToString();
        _configuration = Load();
        if (_text.Count(c => c == '\n') < 5000) throw new InvalidOperationException("the file is too short");
    }

    [Benchmark]
    public object LoadFiveThousandLines() => Load();

    /// <summary>As each login asks: another user each time, with 21 groups.</summary>
    [Benchmark]
    public object FindRoute() => _configuration.RouteFor($"u{_next = (_next + 1) % 1000}", Groups, _source);

    private GatewayConfiguration Load() =>
        ConfigurationLoader.LoadText(_text, "bench.yaml", Services).Configuration ?? throw new InvalidOperationException("the file is wrong");
}

/// <summary>Node sets of a million hosts.</summary>
public class NodeSetBenchmarks
{
    [Params("n[1-1000000]", "r[1-1000]n[0001-1000]", "n[1-1000000]!n[1-999999/2]")]
    public string Expression { get; set; } = "";

    [Benchmark]
    public int Expand() =>
        new NodeSetExpander(new GroupResolver("/nonexistent")).TryExpand(Expression, out IReadOnlyList<string> names, out string error)
            ? names.Count : throw new InvalidOperationException(error);
}
