using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary>Which host of the pool: policies, stickiness, the limit.</summary>
public sealed class SelectionTests(RoutingBed bed) : IClassFixture<RoutingBed>
{
    [GatewayFact]
    public async Task Fewest_connections_spreads_a_user_s_sessions_over_the_pool()
    {
        (_, Route route) = await bed.StartAsync("route_select: connections\nmode: balanced\n");
        // On a busy machine a host may be passed over for a faster one; then the three are made again.
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                await using HeldSession first = await RoutingBed.HoldAsync(route);
                await using HeldSession second = await RoutingBed.HoldAsync(route);
                await using HeldSession third = await RoutingBed.HoldAsync(route);
                return new HashSet<string> { first.Host, second.Host, third.Host }.Count == 3;
            },
            "three sessions on three hosts", TimeSpan.FromSeconds(60));
    }

    [GatewayFact]
    public async Task Random_and_balanced_uses_more_than_one_host()
    {
        (_, Route route) = await bed.StartAsync("route_select: random\nmode: balanced\n");
        var seen = new HashSet<string>();
        for (int i = 0; i < 30 && seen.Count < 2; i++) seen.Add(await RoutingBed.WhereAsync(route));
        Assert.True(seen.Count >= 2);
    }

    [GatewayFact]
    public async Task A_sticky_user_stays_where_he_is_and_for_keyttl_where_he_was()
    {
        (_, Route route) = await bed.StartAsync("route_select: random\nmode: sticky\nstate:\n  keyttl: 600\n");
        await using HeldSession held = await RoutingBed.HoldAsync(route);
        string[] beside = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RoutingBed.WhereAsync(route)));
        Assert.All(beside, host => Assert.Equal(held.Host, host));
        await held.EndAsync();
        for (int i = 0; i < 4; i++) Assert.Equal(held.Host, await RoutingBed.WhereAsync(route));
    }

    [GatewayFact]
    public async Task A_persisted_choice_outlives_keyttl()
    {
        (_, Route route) = await bed.StartAsync("route_select: random\nmode: sticky\npersist: 600\nstate:\n  keyttl: 0\n");
        string first = await RoutingBed.WhereAsync(route);
        for (int i = 0; i < 5; i++) Assert.Equal(first, await RoutingBed.WhereAsync(route));
    }

    [GatewayFact]
    public async Task The_limit_of_a_user_is_told_and_holds_until_one_ends()
    {
        (_, Route route) = await bed.StartAsync("max_connections_per_user: 2\n");
        await using HeldSession first = await RoutingBed.HoldAsync(route);
        await using HeldSession second = await RoutingBed.HoldAsync(route);
        ProcessResult refused = await route.SshAsync("target", "echo never");
        Assert.Equal((1, ""), (refused.ExitStatus, refused.OutputText));
        Assert.Contains($"too many connections: user {Environment.UserName} has 2 already, 2 are allowed", refused.ErrorText, StringComparison.Ordinal);
        await RoutingBed.WhereAsAsync(route, RoutingBed.OtherUser);
        await first.EndAsync();
        await Eventually.BecomesTrueAsync(async () => (await route.SshAsync("target", "true")).ExitStatus == 0, "an ended session makes room");
    }

    [GatewayFact]
    public async Task Of_twelve_simultaneous_logins_with_a_limit_of_five_five_get_in()
    {
        (_, Route route) = await bed.StartAsync("max_connections_per_user: 5\n");
        ChildProcess[] clients = [.. Enumerable.Range(0, 12).Select(_ => route.StartSsh("target", "echo in; cat"))];
        // Those who are refused end by themselves; the others wait for their input to close.
        Task<int>[] ends = [.. clients.Select(client => client.WaitForExitAsync())];
        await Eventually.BecomesTrueAsync(() => ends.Count(end => end.IsCompleted) == 7, "seven are refused", TimeSpan.FromSeconds(60));
        foreach (ChildProcess client in clients) client.CloseInput();
        ProcessResult[] results = await Task.WhenAll(clients.Select(client => client.CompleteAsync()));
        Assert.Equal(5, results.Count(result => result is { ExitStatus: 0, OutputText: "in\n" }));
        Assert.Equal(7, results.Count(result => result.ExitStatus == 1 && result.ErrorText.Contains("too many connections", StringComparison.Ordinal)));
        foreach (ChildProcess client in clients) await client.DisposeAsync();
    }
}
