using System.Net;
using System.Text;
using SshGateway.Server.Configuration;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>Whatever the overrides and their order, the table with its indexes and cache says what a plain walk through them says.</summary>
public sealed class OverridePropertyTests
{
    private static readonly string[] Users = ["alice", "bob", "carol", "dave"];
    private static readonly string[] Groups = ["staff", "hpc", "ops", "guests"];
    private static readonly string[] Sources = ["192.0.2.1:22", "192.0.2.2:22", "192.0.2.1:2222"];

    private sealed record Item(string[]? Users, string[]? Groups, string[]? Sources);

    private sealed record Override(Item[] Match, bool? Debug, string? Service, string? Host, int? Timeout, (string Name, string Value)[] Environment);

    private sealed record Outcome(bool Debug, string Service, string Host, double Timeout, string Environment);

    [Fact]
    public void Any_overrides_in_any_order_equal_a_plain_walk()
    {
        Random random = new(4242);
        int matched = 0;
        for (int round = 0; round < 300; round++)
        {
            Override[] overrides = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => MakeOverride(random))];
            random.Shuffle(overrides);
            GatewayConfiguration configuration = Loaded.Yaml(Write(overrides));
            for (int query = 0; query < 30; query++)
            {
                string user = Users[random.Next(Users.Length)];
                string[] groups = Some(random, Groups, 0) ?? [];
                string? source = random.Next(4) == 0 ? null : Sources[random.Next(Sources.Length)];
                Outcome expected = Walk(overrides, user, groups, source);
                RouteConfiguration route = configuration.RouteFor(user, groups, source is null ? null : IPEndPoint.Parse(source));
                Assert.Equal(expected, Of(route));
                if (route.AppliedOverrides.Count > 1) matched++;
            }
        }

        Assert.InRange(matched, 1000, 9000);
    }

    [Fact]
    public void A_thousand_overrides_and_a_large_pool_share_their_results()
    {
        StringBuilder text = new("dest: ['n[1-10000]']\noverrides:\n");
        for (int i = 0; i < 1000; i++) text.Append($"  - match: [{{users: [u{i}]}}, {{groups: [g{i % 50}], sources: [\"192.0.2.1:{1000 + i}\"]}}]\n    service: s{i}\n");
        GatewayConfiguration configuration = Loaded.Yaml(text.ToString());
        RouteConfiguration first = configuration.RouteFor("u7", [], null);
        Assert.Equal("s7", first.Service);
        Assert.Same(first, configuration.RouteFor("u7", ["g1"], IPEndPoint.Parse("192.0.2.1:22")));
        Assert.Same(first.Dest, configuration.RouteFor("u8", [], null).Dest);
        Assert.Equal("s103", configuration.RouteFor("x", ["g3"], IPEndPoint.Parse("192.0.2.1:1103")).Service);
        Assert.Same(configuration.Routes.Base, configuration.RouteFor("x", ["g4"], IPEndPoint.Parse("192.0.2.1:1103")));
    }

    [Fact]
    public void More_sets_of_overrides_than_are_remembered_are_still_right()
    {
        StringBuilder text = new("overrides:\n");
        for (int i = 0; i < 13; i++) text.Append($"  - match: [{{groups: [g{i}]}}]\n    environment: {{V{i}: x}}\n");
        GatewayConfiguration configuration = Loaded.Yaml(text.ToString());
        for (int bits = 0; bits < 1 << 13; bits++)
        {
            string[] groups = [.. Enumerable.Range(0, 13).Where(i => (bits >> i & 1) != 0).Select(i => $"g{i}")];
            Assert.Equal(groups.Select(g => "V" + g[1..]), configuration.RouteFor("u", groups, null).Environment.Keys);
        }
    }

    private static Override MakeOverride(Random random) => new(
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new Item(Some(random, Users, 2), Some(random, Groups, 2), Some(random, Sources, 2)))],
        random.Next(2) == 0 ? null : random.Next(2) == 0,
        random.Next(2) == 0 ? null : $"s{random.Next(5)}",
        random.Next(2) == 0 ? null : $"h{random.Next(5)}",
        random.Next(2) == 0 ? null : random.Next(1, 60),
        [.. Enumerable.Range(0, 3).Where(_ => random.Next(2) == 0).Select(i => ($"V{i}", $"{random.Next(9)}"))]);

    // Null (not asked) one time in absentOf + 1, else some of them.
    private static string[]? Some(Random random, string[] all, int absentOf) =>
        absentOf > 0 && random.Next(absentOf) == 0 ? null : [.. all.Where(_ => random.Next(2) == 0)];

    private static string Write(Override[] overrides)
    {
        StringBuilder text = new("service: top\ndest: [top]\nenvironment: {V9: top}\noverrides:\n");
        foreach (Override item in overrides)
        {
            text.Append("  - match:\n");
            foreach (Item match in item.Match)
            {
                List<string> keys = [];
                if (match.Users is not null) keys.Add($"users: [{string.Join(", ", match.Users)}]");
                if (match.Groups is not null) keys.Add($"groups: [{string.Join(", ", match.Groups)}]");
                if (match.Sources is not null) keys.Add($"sources: [{string.Join(", ", match.Sources.Select(s => $"'{s}'"))}]");
                text.Append($"      - {{{string.Join(", ", keys)}}}\n");
            }

            if (item.Debug is { } debug) text.Append($"    debug: {(debug ? "true" : "false")}\n");
            if (item.Service is not null) text.Append($"    service: {item.Service}\n");
            if (item.Host is not null) text.Append($"    dest: [{item.Host}]\n");
            if (item.Timeout is { } timeout) text.Append($"    destination: {{connect_timeout: {timeout}s}}\n");
            if (item.Environment.Length > 0) text.Append($"    environment: {{{string.Join(", ", item.Environment.Select(v => $"{v.Name}: '{v.Value}'"))}}}\n");
        }

        return text.ToString();
    }

    private static Outcome Walk(Override[] overrides, string user, string[] groups, string? source)
    {
        Outcome outcome = new(Debug: false, "top", "top:22", 1, "");
        SortedDictionary<string, string> environment = new(StringComparer.Ordinal) { ["V9"] = "top" };
        foreach (Override item in overrides)
        {
            bool fits = item.Match.Any(m => (m.Users is null || m.Users.Contains(user)) && (m.Groups is null || m.Groups.Intersect(groups).Any()) && (m.Sources is null || m.Sources.Contains(source)));
            if (!fits) continue;
            outcome = outcome with
            {
                Debug = item.Debug ?? outcome.Debug,
                Service = item.Service ?? outcome.Service,
                Host = item.Host is null ? outcome.Host : item.Host + ":22",
                Timeout = item.Timeout ?? outcome.Timeout,
            };
            foreach ((string name, string value) in item.Environment) environment[name] = value;
        }

        return outcome with { Environment = string.Join(';', environment) };
    }

    private static Outcome Of(RouteConfiguration route) => new(
        route.Debug, route.Service, Assert.Single(route.Dest).ToString(), route.Destination.ConnectTimeout.TotalSeconds,
        string.Join(';', new SortedDictionary<string, string>(route.Environment.ToDictionary(), StringComparer.Ordinal)));
}
