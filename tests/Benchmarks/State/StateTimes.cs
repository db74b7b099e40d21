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

    /// <summary>Commands of ctl that are timed as processes.</summary>
    private static readonly string[] CtlLines =
    [
        "version", "show hosts", "show connections", "show -all connections", "show -all -json connections", "show -all -csv connections", "show users", "show -all groups",
        "show -json sessions",
    ];

    private static readonly DateTimeOffset Started = DateTimeOffset.UtcNow;

    /// <summary>As a gateway writes them.</summary>
    private static readonly Dictionary<string, string> Details = new(StringComparer.Ordinal)
    {
        ["auth"] = "publickey",
        ["key"] = "ssh-ed25519 SHA256:Z3VlMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI",
        ["destination_user"] = "user1",
        ["destination_auth"] = "publickey ssh-ed25519",
        ["client_version"] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
        ["client_kex"] = "sntrup761x25519-sha512@openssh.com",
        ["client_hostkey"] = "ssh-ed25519",
        ["client_cipher"] = "chacha20-poly1305@openssh.com",
        ["client_mac"] = "",
        ["client_pq"] = "yes",
        ["destination_version"] = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3",
        ["destination_kex"] = "sntrup761x25519-sha512@openssh.com",
        ["destination_hostkey"] = "ssh-ed25519",
        ["destination_cipher"] = "aes256-gcm@openssh.com",
        ["destination_mac"] = "",
        ["destination_pq"] = "yes",
    };

    /// <param name="database">As <c>state.database</c>.</param>
    /// <param name="ctl">The ctl program and its arguments up to the command, to be timed as well; or nothing.</param>
    public static async Task<int> RunAsync(string database, string[] ctl)
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
        for (int gateway = 0; gateway < Gateways; gateway++)
        {
            int of = gateway;
            await store.PutTrafficAsync(
                "bench" + of, [.. Enumerable.Range(0, PerGateway).Select(i => new TrafficSample(Id(of, i), 1_000_000, i, 200, i, Started))], default);
        }
        await TimeAsync("login that compares bandwidth", 100, () => store.BeginConnectionAsync(Request(true), default));
        await TimeAsync("list of 100,000 connections", 5, () => store.GetBareConnectionsAsync(default));
        await TimeAsync("the same with details", 5, () => store.GetConnectionsAsync(default));
        await TimeAsync("list of hosts", 5, () => store.GetHostsAsync(default));
        await NoticeAsync(store, database);
        foreach (string line in ctl.Length > 0 ? CtlLines : []) await TimeAsync("ctl " + line, 5, () => RunAsync([.. ctl, .. line.Split(' ')]));
        for (int gateway = 0; gateway < Gateways; gateway++) await store.ReleaseLeaseAsync("bench" + gateway, default);
        return 0;
    }

    /// <summary>From a change until another process's store has told of it.</summary>
    private static async Task NoticeAsync(IStateStore store, string database)
    {
        await using IStateStore other = StateStores.Open(database);
        await using IAsyncEnumerator<StateChange> changes = other.WatchAsync(default).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        int number = 0;
        await TimeAsync("change until a gateway is told", 50, async () =>
        {
            await store.SetErrorBannerAsync(new ErrorBanner($"text {++number}", null), default);
            while (await changes.MoveNextAsync() && changes.Current.Kind != StateChangeKind.Banner)
            {
            }
        });
        await store.SetErrorBannerAsync(null, default);
    }

    private static async Task RunAsync(string[] command)
    {
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: exit code {process.ExitCode}");
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
        Details = Details,
    };

    private static async Task TimeAsync(string what, int times, Func<Task> work)
    {
        for (int i = 0; i < Math.Min(5, times); i++) await work();
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
