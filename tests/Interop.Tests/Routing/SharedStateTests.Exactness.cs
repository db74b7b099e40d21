using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>What holds however many logins there are at once.</summary>
public abstract partial class SharedStateTests
{
    private const int Limit = 5;
    private const int PerGateway = 50;

    private protected async Task ExactlyAsManyGetInAsMayAsync()
    {
        string database = await NewDatabaseAsync();
        string state = $"max_connections_per_user: {Limit}\nroute_select: random\nstate:\n  database: \"{database}\"\n  timeout: 60s\n  lease: 5m\n";
        (GatewayProcess one, Route first) = await _bed.StartAsync(state, change: Patient);
        (GatewayProcess two, Route second) = await _bed.StartAsync(state, change: Patient);
        // The first one decides where: with nobody there yet, a host that is slow to answer on a busy machine is passed over.
        await using HeldSession held = await RoutingBed.HoldAsync(first);
        ChildProcess[] clients = [.. Enumerable.Range(0, 2 * PerGateway).Select(i => (i % 2 == 0 ? first : second).StartSsh("target", "echo $SSH_CONNECTION; cat"))];
        try
        {
            string?[] hosts = await Task.WhenAll(clients.Select(HostOrRefusalAsync));
            Assert.True(hosts.Count(host => host is not null) == Limit - 1, $"{hosts.Count(host => host is not null)} got in\n{Away(one)}{Away(two)}");
            Assert.All(hosts.OfType<string>(), host => Assert.Equal(held.Host, host));
            await using IStateStore store = StateStores.Open(database);
            Assert.Equal(Limit, (await store.GetConnectionsAsync(default)).Count);
        }
        finally
        {
            foreach (ChildProcess client in clients) await client.DisposeAsync();
        }
    }

    /// <summary>One place is free, and again and again it is left and taken, on either gateway.</summary>
    private protected async Task WhoEndsAndBeginsAgainIsNeverRefusedAsync()
    {
        string database = await NewDatabaseAsync();
        string state = $"max_connections_per_user: 2\nstate:\n  database: \"{database}\"\n  timeout: 60s\n  lease: 5m\n";
        (_, Route first) = await _bed.StartAsync(state, change: Patient);
        (_, Route second) = await _bed.StartAsync(state, change: Patient);
        await using IStateStore store = StateStores.Open(database);
        string[] users = [Environment.UserName, RoutingBed.OtherUser, RoutingBed.ThirdUser];
        await Task.WhenAll(users.Select(async user =>
        {
            await using HeldSession held = await RoutingBed.HoldAsync(first, "-l", user);
            for (int i = 0; i < (200 / users.Length) + 1; i++)
            {
                ProcessResult result = await (i % 2 == 0 ? first : second).SshAsync("-l", user, "target", "echo $SSH_CONNECTION");
                Assert.True(result.ExitStatus == 0, $"session {i} of {user}: {result}");
                await Eventually.BecomesTrueAsync(
                    async () => (await store.GetBareConnectionsAsync(default)).Count(connection => connection.User == user) == 1, "the session has ended", LongPatience);
            }
        }));
    }

    /// <summary>What would explain a wrong count: a store that is away leaves each gateway to itself.</summary>
    private static string Away(GatewayProcess gateway) =>
        string.Concat(gateway.Log.Where(line => line.Contains("the state store", StringComparison.Ordinal)).Select(line => line + "\n"));

    /// <summary>So many at once take long to reach a destination on a machine that is busy.</summary>
    private static GatewayOptions Patient(GatewayOptions options) => options with { ConnectTimeout = "60s" };

    /// <summary>Where a client got in; null when it was refused for the limit.</summary>
    private static async Task<string?> HostOrRefusalAsync(ChildProcess client)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        using var output = new StreamReader(client.Output, leaveOpen: true);
        if (await output.ReadLineAsync(deadline.Token) is { } connection) return string.Join(':', connection.Split(' ')[2..]);
        using var error = new StreamReader(client.Error, leaveOpen: true);
        string said = await error.ReadToEndAsync(deadline.Token);
        Assert.Contains($"{Limit} are allowed", said, StringComparison.Ordinal);
        return null;
    }
}
