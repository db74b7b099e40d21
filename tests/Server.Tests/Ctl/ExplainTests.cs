using System.Text.Json;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class ExplainTests
{
    private const string Site = """
        dest: ["n[1-4]"]
        mode: balanced
        check_interval: 30s
        max_connections_per_user: 3
        overrides:
          - match: [{users: [bench2]}, {groups: [staffx], sources: [127.0.0.1]}]
            service: two
          - match: [{sources: ["127.0.0.1:2024"]}]
            service: transfer
            mode: sticky
            dest: [d1, d2]
          - match: []
            debug: true
          - match: [{}]
            environment: {A: b}
        """;

    private readonly CtlFixture _ctl = new() { Configuration = Site };

    [Fact]
    public async Task Overrides_and_candidates_are_explained()
    {
        await CheckAsync("n1:22", false);
        await CheckAsync("n2:22", true);
        await _ctl.Store.SetHostStateAsync("n3:22", HostState.Disabled, null, CancellationToken.None);
        await _ctl.ConnectAsync(CtlFixture.Connection("0A00000001", "bench1", "login", "n2:22", CtlFixture.Start, kbOut: 2048));
        CtlResult result = await _ctl.RunAsync("explain", "bench1@127.0.0.1:2301");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(
            """
            user bench1, groups: bench1 hpc, gateway address: 127.0.0.1:2301
            override at line 6: not applied: the user is none of bench2; or the user is in none of the groups staffx, the gateway address is none of 127.0.0.1:22
            override at line 8: not applied: the gateway address is none of 127.0.0.1:2024
            override at line 12: not applied: its match is empty
            override at line 14: applied: it matches everybody
            service default, mode balanced, route_select ordered, check_interval 30s, a limit of 3
            live connections of the user: 1
            candidates:
            ┌───┬───────┬──────────┬─────────────────────┬───────────────┬───────┬────────────┬──────────┬───────────────────────────────────────────────────┐
            │ # │ HOST  │  STATE   │     LAST CHECK      │ CONNS OF USER │ CONNS │ BW OF USER │    BW    │                      VERDICT                      │
            ├───┼───────┼──────────┼─────────────────────┼───────────────┼───────┼────────────┼──────────┼───────────────────────────────────────────────────┤
            │ 1 │ n2:22 │       up │ 2026-11-22 07:16:00 │             1 │     1 │   2.0 MB/s │ 2.0 MB/s │ chosen: first in the order of the configuration   │
            │ 2 │ n4:22 │ not seen │                     │             0 │     0 │     0 kB/s │   0 kB/s │ tried if those before it fail                     │
            │ 3 │ n1:22 │     down │ 2026-11-22 07:16:00 │             0 │     0 │     0 kB/s │   0 kB/s │ tried last, down (refused)                        │
            │   │ n3:22 │ disabled │ 2026-11-22 07:16:00 │             0 │     0 │     0 kB/s │   0 kB/s │ disabled by an operator                           │
            └───┴───────┴──────────┴─────────────────────┴───────────────┴───────┴────────────┴──────────┴───────────────────────────────────────────────────┘
            outcome: n2:22, because first in the order of the configuration

            """.Split('\n').Select(Squeezed),
            result.Output.Split('\n').Select(Squeezed));
        Assert.Single(await _ctl.Store.GetConnectionsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Stickiness_and_what_a_match_says_are_explained()
    {
        await CheckAsync("d2:22", true);
        await _ctl.ConnectAsync(CtlFixture.Connection("0A00000001", "bench2", "transfer", "d2:22", CtlFixture.Start));
        string output = (await _ctl.RunAsync("explain", "bench2@127.0.0.1:2024")).Output;
        Assert.Contains("override at line 6: applied: the user is bench2\n", output, StringComparison.Ordinal);
        Assert.Contains("override at line 8: applied: the gateway address is 127.0.0.1:2024\n", output, StringComparison.Ordinal);
        Assert.EndsWith("outcome: d2:22, because the user has a live connection there (sticky)\n", output, StringComparison.Ordinal);
        Assert.Contains("the user is in the group staffx, the gateway address is 127.0.0.1:22\n", (await _ctl.RunAsync("explain", "carl@127.0.0.1", "-groups", "staffx")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_are_explained()
    {
        for (int i = 0; i < 3; i++) await _ctl.ConnectAsync(CtlFixture.Connection($"0A0000000{i}", "a@b", "login", "n1:22", CtlFixture.Start));
        string limit = (await _ctl.RunAsync("explain", "a@b", "-source", "127.0.0.1")).Output;
        Assert.StartsWith("user a@b (unknown on this system), groups: none, gateway address: 127.0.0.1:22\n", limit, StringComparison.Ordinal);
        Assert.EndsWith("outcome: refused: the user has 3 live connections, 3 are allowed\n", limit, StringComparison.Ordinal);
        Assert.Contains("the user's limit is reached", limit, StringComparison.Ordinal);
        Assert.Equal(0, (await _ctl.RunAsync("disable", "-host", "n[1-4]")).Code);
        Assert.EndsWith("outcome: refused: every host of the pool is disabled\n", (await _ctl.RunAsync("explain", "bench1")).Output, StringComparison.Ordinal);
        _ctl.Configuration = "service: none\n";
        Assert.EndsWith("outcome: refused: there is no destination (dest is empty)\n", (await _ctl.RunAsync("explain", "bench1")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _ctl.RunAsync("explain")).Code);
    }

    [Fact]
    public async Task Json_has_the_same()
    {
        await CheckAsync("n2:22", true);
        using JsonDocument json = JsonDocument.Parse((await _ctl.RunAsync("explain", "bench1", "-json")).Output);
        JsonElement explained = json.RootElement[0];
        Assert.Equal("n1:22", explained.GetProperty("Dest").GetString());
        Assert.Equal([false, false, false, true], explained.GetProperty("Overrides").EnumerateArray().Select(o => o.GetProperty("Applied").GetBoolean()));
        Assert.Equal(["n1:22", "n2:22", "n3:22", "n4:22"], explained.GetProperty("Candidates").EnumerateArray().Select(c => c.GetProperty("Host").GetString()));
    }

    private Task CheckAsync(string host, bool isUp) => _ctl.Store.PutHostCheckAsync(host, isUp, isUp ? "" : "refused", CancellationToken.None);

    // The width of the last column does not matter here.
    private static string Squeezed(string line) => string.Join(' ', line.Trim().Replace("─", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
