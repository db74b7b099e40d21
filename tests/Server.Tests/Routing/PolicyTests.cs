using SshGateway.Server.Routing;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Routing;

public sealed class PolicyTests
{
    [Fact]
    public void There_is_a_policy_for_each_value_of_route_select() =>
        Assert.Equal(["bandwidth", "connections", "ordered", "random"], DestinationPolicies.Names);

    [Fact]
    public void Ordered_keeps_the_order_of_the_pool()
    {
        Candidate[] pool = [Host(0, connections: 9), Host(1), Host(2)];
        Assert.Equal([0, 1, 2], Positions("ordered", pool));
        Assert.Equal([0, 1, 2], Positions("ordered", [pool[2], pool[0], pool[1]]));
    }

    [Fact]
    public void Random_puts_each_host_first_about_as_often()
    {
        Candidate[] pool = [.. Enumerable.Range(0, 5).Select(i => Host(i))];
        int[] first = new int[5];
        var chances = new Random(7);
        for (int i = 0; i < 5000; i++) first[DestinationPolicies.Get("random").Rank(pool, (ulong)chances.NextInt64())[0].Position]++;
        Assert.All(first, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Random_shuffles_the_whole_order()
    {
        Candidate[] pool = [.. Enumerable.Range(0, 4).Select(i => Host(i))];
        var seen = new HashSet<string>();
        for (ulong chance = 0; chance < 2000; chance++) seen.Add(string.Join(',', Positions("random", pool, chance * 77)));
        Assert.Equal(24, seen.Count);
    }

    [Theory]
    [InlineData("ordered")]
    [InlineData("random")]
    [InlineData("connections")]
    [InlineData("bandwidth")]
    public void The_same_chance_gives_the_same_order_whoever_is_left_out(string name)
    {
        Candidate[] pool = [.. Enumerable.Range(0, 20).Select(i => Host(i))];
        int[] all = Positions(name, pool, 42);
        Assert.Equal(all, Positions(name, pool, 42));
        Assert.Equal(all.Where(position => position != 3), Positions(name, [.. pool.Where(host => host.Position != 3)], 42));
    }

    [Fact]
    public void Connections_takes_the_user_s_fewest_then_everybody_s_fewest_then_chance()
    {
        Candidate[] pool =
        [
            Host(0, userConnections: 1, connections: 1),
            Host(1, userConnections: 0, connections: 9),
            Host(2, userConnections: 0, connections: 4),
            Host(3, userConnections: 0, connections: 4),
            Host(4, userConnections: 2, connections: 2),
        ];
        var firsts = new HashSet<int>();
        for (ulong chance = 0; chance < 64; chance++)
        {
            int[] order = Positions("connections", pool, chance);
            firsts.Add(order[0]);
            Assert.Equal([2, 3], order[..2].Order());
            Assert.Equal([1, 0, 4], order[2..]);
        }

        Assert.Equal([2, 3], firsts.Order());
    }

    [Fact]
    public void Bandwidth_takes_the_user_s_least_then_everybody_s_then_connections_then_chance()
    {
        Candidate[] pool =
        [
            Host(0, userBandwidth: 10, bandwidth: 10),
            Host(1, bandwidth: 500),
            Host(2, bandwidth: 20, connections: 3),
            Host(3, bandwidth: 20, userConnections: 1, connections: 1),
            Host(4, bandwidth: 20, connections: 2),
        ];
        Assert.Equal([4, 2, 3, 1, 0], Positions("bandwidth", pool));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("connections")]
    [InlineData("bandwidth")]
    public void Of_a_large_pool_the_front_is_what_a_full_sort_gives_and_nobody_is_lost(string name)
    {
        var random = new Random(11);
        Candidate[] pool = [.. Enumerable.Range(0, 3000).Select(i => Host(
            i, userConnections: random.Next(3), connections: random.Next(5), userBandwidth: random.Next(2), bandwidth: random.Next(4), isDown: random.Next(4) == 0))];
        IReadOnlyList<Candidate> order = DestinationPolicies.Get(name).Rank(pool, 5);
        Assert.Equal(pool.Select(host => host.Position), order.Select(host => host.Position).Order());
        // A small pool is sorted as a whole: pairs tell how any two of them compare.
        foreach (bool isDown in new[] { false, true })
        {
            Candidate[] alike = [.. order.Where(host => (host.State == HostState.Down) == isDown)];
            Candidate[] front = alike[..BestFirst.Exact];
            Candidate worst = front[^1];
            for (int i = 1; i < front.Length; i++) Assert.Equal(front[i - 1], Better(name, front[i - 1], front[i]));
            Assert.All(alike[BestFirst.Exact..], other => Assert.Equal(worst, Better(name, worst, other)));
        }
    }

    [Fact]
    public void Hosts_that_are_down_leave_the_others_in_order_however_many_they_are()
    {
        Candidate[] pool = [.. Enumerable.Range(0, 500).Select(i => Host(i, isDown: true)), .. Enumerable.Range(500, 30).Select(i => Host(i, connections: 600 - i))];
        int[] up = [.. DestinationPolicies.Get("connections").Rank(pool, 1).Where(host => host.State != HostState.Down).Select(host => host.Position)];
        Assert.Equal(Enumerable.Range(500, 30).Reverse(), up);
    }

    private static Candidate Better(string name, Candidate one, Candidate other) => DestinationPolicies.Get(name).Rank([one, other], 5)[0];

    private static int[] Positions(string name, IReadOnlyList<Candidate> pool, ulong chance = 1) =>
        [.. DestinationPolicies.Get(name).Rank(pool, chance).Select(host => host.Position)];

    private static Candidate Host(
        int position, int userConnections = 0, int connections = 0, long userBandwidth = 0, long bandwidth = 0, bool isDown = false) =>
        new($"h{position}:22", position, isDown ? HostState.Down : HostState.Up, default, userConnections, connections, userBandwidth, bandwidth);
}
