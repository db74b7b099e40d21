using BenchmarkDotNet.Attributes;
using SshGateway.Server.Routing;
using SshGateway.Storage.State;

namespace SshGateway.Benchmarks.Routing;

/// <summary>The order of a pool, as it is made inside the transaction of a login.</summary>
public class RankingBenchmarks
{
    private Candidate[] _pool = [];
    private IDestinationPolicy _policy = null!;

    [Params("ordered", "random", "connections", "bandwidth")]
    public string Policy { get; set; } = "";

    [Params(10, 10_000)]
    public int Hosts { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var random = new Random(3);
        _policy = DestinationPolicies.Get(Policy);
        _pool = [.. Enumerable.Range(0, Hosts).Select(i => new Candidate(
            $"n{i}:22", i, random.Next(50) == 0 ? HostState.Down : HostState.Up, default, random.Next(3), random.Next(20), random.Next(1000), random.Next(100_000)))];
    }

    [Benchmark]
    public object Rank() => _policy.Rank(_pool, 42);
}
