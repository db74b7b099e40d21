using BenchmarkDotNet.Attributes;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;

namespace SshGateway.Benchmarks.Ctl;

/// <summary>What ctl itself costs with 100,000 connections, the database left out.</summary>
public class ShowBenchmark
{
    private const int Connections = 100_000;

    private readonly MemoryStateStore _store = new();

    [Params("show connections", "show -all connections", "show -all -json connections", "show -all -csv connections", "show -all users", "show hosts")]
    public string Line { get; set; } = "";

    [GlobalSetup]
    public async Task FillAsync()
    {
        await _store.RenewLeaseAsync(new GatewayRecord("gw1", "1", [], DateTimeOffset.UtcNow), TimeSpan.FromDays(1), CancellationToken.None);
        ConnectionRecord[] records = new ConnectionRecord[Connections];
        for (int i = 0; i < Connections; i++)
        {
            records[i] = new ConnectionRecord
            {
                Id = $"{i:X10}",
                Gateway = "gw1",
                User = $"user{i % 5000}",
                Groups = ["hpc", $"group{i % 50}"],
                Service = i % 3 == 0 ? "transfer" : "login",
                Client = "192.0.2.1:5000",
                From = "192.0.2.254:22",
                Host = $"node{i % 200}:22",
                Start = DateTimeOffset.UtcNow.AddSeconds(-i),
                BandwidthIn = i,
                BandwidthOut = 3 * i,
            };
        }

        await _store.PutConnectionsAsync(records, CancellationToken.None);
        for (int i = 0; i < 200; i++) await _store.PutHostCheckAsync($"node{i}:22", true, "", CancellationToken.None);
    }

    [Benchmark]
    public Task<int> Show() => new CtlRun
    {
        Output = TextWriter.Null,
        Error = TextWriter.Null,
        Terminal = Terminal.None,
        Actor = "benchmark",
        Load = (_, _) => new ConfigurationResult { Configuration = new GatewayConfiguration() },
        Open = _ => _store,
        IsStoreBorrowed = true,
        RunInGatewayAsync = (_, _) => Task.FromResult(1),
        GroupsOf = _ => null,
    }.RunAsync(Line.Split(' '), CancellationToken.None);
}
