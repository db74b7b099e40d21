using System.Diagnostics;
using SshGateway.Storage.State;

namespace SshGateway.Benchmarks.State;

/// <summary>
/// <c>state DATABASE</c>: how long a login, the traffic of an interval and a list take in a store with 100,000 connections of ten gateways.
/// Give it an empty database of its own; what it puts there vanishes with its leases.
/// </summary>
internal static class StateTimes
{
    private const int Gateways = 10;
    private const int PerGateway = 10_000;
    private const int Hosts = 50;

    private static readonly DateTimeOffset Started = DateTimeOffset.UtcNow;

    public static async Task<int> RunAsync(string database)
    {
        await using IStateStore store = StateStores.Open(database);
        for (int gateway = 0; gateway < Gateways; gateway++)
        {
            await store.RenewLeaseAsync(new GatewayRecord("bench" + gateway, "0", [], Started), TimeSpan.FromMinutes(10), default);
            await store.PutConnectionsAsync([.. Enumerable.Range(0, PerGateway).Select(i => Connection(gateway, i))], default);
        }

        int login = 0;
        LoginRequest Request(bool needsBandwidth) => new()
        {
            Connection = Connection(0, PerGateway + ++login) with { Host = "" },
            Candidates = [.. Enumerable.Range(0, 8).Select(Host)],
            IsSticky = true,
            NeedsBandwidth = needsBandwidth,
            Rank = candidates => [.. candidates.OrderBy(c => c.UserConnections).ThenBy(c => c.Connections)],
        };
        await TimeAsync("login", 300, () => store.BeginConnectionAsync(Request(false), default));
        await TimeAsync("end", 300, () => store.EndConnectionAsync(Connection(0, PerGateway + login--).Id, TimeSpan.FromSeconds(5), TimeSpan.Zero, default));
        int interval = 0;
        await TimeAsync("traffic of 10,000 sessions", 20, () =>
        {
            interval++;
            return store.PutTrafficAsync(
                "bench1", [.. Enumerable.Range(0, PerGateway).Select(i => new TrafficSample(Id(1, i), interval * 1000L, interval, 200, i, Started))], default);
        });
        await TimeAsync("login that compares bandwidth", 100, () => store.BeginConnectionAsync(Request(true), default));
        await TimeAsync("list of 100,000 connections", 5, () => store.GetConnectionsAsync(default));
        await TimeAsync("list of hosts", 5, () => store.GetHostsAsync(default));
        for (int gateway = 0; gateway < Gateways; gateway++) await store.ReleaseLeaseAsync("bench" + gateway, default);
        return 0;
    }

    /// <summary><c>state-idle DATABASE</c>: what it costs to watch a store in which nothing happens.</summary>
    public static async Task<int> IdleAsync(string database)
    {
        await using IStateStore store = StateStores.Open(database);
        using var stop = new CancellationTokenSource();
        await using IAsyncEnumerator<StateChange> changes = store.WatchAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        await changes.MoveNextAsync();
        Task<bool> next = changes.MoveNextAsync().AsTask();
        await Task.Delay(TimeSpan.FromSeconds(2), stop.Token);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        await Task.Delay(TimeSpan.FromSeconds(10), stop.Token);
        Console.WriteLine($"{(Environment.CpuUsage.TotalTime - before).TotalMilliseconds / 10:0.00} ms of CPU per second");
        await stop.CancelAsync();
        await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    private static string Id(int gateway, int number) => $"{gateway:x2}{number:x8}";

    private static string Host(int number) => $"host{number % Hosts}:22";

    private static ConnectionRecord Connection(int gateway, int number) => new()
    {
        Id = Id(gateway, number),
        Gateway = "bench" + gateway,
        User = "user" + (number % 5000),
        Groups = ["users", "hpc"],
        Service = "login",
        Client = "192.0.2.1:4711",
        From = "192.0.2.2:22",
        Host = Host(number),
        Start = Started,
        LastActive = Started,
    };

    private static async Task TimeAsync(string what, int times, Func<Task> work)
    {
        for (int i = 0; i < 5; i++) await work();
        double[] milliseconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await work();
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(milliseconds);
        Console.WriteLine($"{what,-32} least {milliseconds[0],8:0.00} ms   median {milliseconds[times / 2],8:0.00} ms   95 % {milliseconds[times * 95 / 100],8:0.00} ms");
    }
}
