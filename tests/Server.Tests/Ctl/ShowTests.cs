using System.Text.Json;
using SshGateway.Server.Ctl.Output;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

/// <summary>What ctl shows beyond sshproxyctl.</summary>
public sealed class ShowTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly CtlFixture _ctl = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("ctl").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sessions_show_all_that_is_known()
    {
        ConnectionRecord session = CtlFixture.Connection("0A00000001", "alice", "login", "n1:22", CtlFixture.Start.AddHours(-2), "staff hpc") with
        {
            LastActive = CtlFixture.Start.AddSeconds(-61),
            BytesIn = 2048,
            BytesOut = 5 << 20,
            Details = new Dictionary<string, string> { ["destination_kex"] = "mlkem768x25519-sha256", ["destination_cipher"] = "aes256-ctr", ["destination_pq"] = "yes", ["client_kex"] = "curve25519-sha256" },
        };
        await _ctl.ConnectAsync(session, CtlFixture.Connection("0A00000002", "bob", "login", "n1:22", CtlFixture.Start.AddHours(1)));
        Assert.Equal(
            """[{"Id":"0A00000001","Gateway":"gw1","User":"alice","Groups":"hpc staff","Service":"login","Client":"192.0.2.7:500A","From":"127.0.0.1:2301","Dest":"n1:22","Ts":"2026-11-22T05:16:00Z","Idle":61,"BytesIn":2048,"BytesOut":5242880,"BwIn":0,"BwOut":0,"Details":{"client_kex":"curve25519-sha256","destination_cipher":"aes256-ctr","destination_kex":"mlkem768x25519-sha256","destination_pq":"yes"}}]""" + "\n",
            (await _ctl.RunAsync("show", "sessions", "-user", "alice", "-json")).Output);
        string table = (await _ctl.RunAsync("show", "sessions")).Output;
        Assert.Contains("│ 1m 1s │ 2 kB │ 5.0 MB │ curve25519-sha256 │ mlkem768x25519-sha256 aes256-ctr pq │           │", table, StringComparison.Ordinal);
        Assert.Contains("│    0s │", table, StringComparison.Ordinal);
        Assert.Equal("0A00000002,gw1,bob,login,192.0.2.7:500A,127.0.0.1:2301,n1:22,2026-11-22 08:16:00,0,0,0,,,\n", (await _ctl.RunAsync("show", "sessions", "-user", "bob", "-csv")).Output);
    }

    [Fact]
    public async Task Gateways_and_events_are_shown()
    {
        await _ctl.Store.RenewLeaseAsync(new GatewayRecord("gw1", "1.0", ["192.0.2.1:22", "[::1]:22"], CtlFixture.Start.AddDays(-1)), TimeSpan.FromSeconds(15), None);
        Assert.Equal("gw1,1.0,192.0.2.1:22 [::1]:22,2026-11-21 07:16:00,2026-11-22 07:16:15,0\n", (await _ctl.RunAsync("show", "gateways", "-csv")).Output);
        Assert.Contains("\"Addresses\":[\"192.0.2.1:22\",\"[::1]:22\"],", (await _ctl.RunAsync("show", "gateways", "-json")).Output, StringComparison.Ordinal);
        EventRecord[] events =
        [
            new() { Time = CtlFixture.Start.AddHours(-3), Kind = "login", User = "alice", Message = "old" },
            new() { Time = CtlFixture.Start.AddHours(-1), Kind = "refusal", User = "bob", Source = "192.0.2.9:1", Message = "limit\u001b[31m" },
        ];
        await _ctl.Store.AddEventsAsync(events, None);
        Assert.Equal("2026-11-22 06:16:00,refusal,bob,192.0.2.9:1,,,,limit\u001b[31m\n", (await _ctl.RunAsync("show", "events", "-since", "2h", "-csv")).Output);
        Assert.Contains("limit\\u001b[31m", (await _ctl.RunAsync("show", "events")).Output, StringComparison.Ordinal);
        Assert.Single((await _ctl.RunAsync("show", "events", "-user", "alice", "-csv")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Single((await _ctl.RunAsync("show", "events", "-limit", "1", "-csv")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", (await _ctl.RunAsync("show", "events", "-since", "2026-11-22 07:00", "-csv")).Output);
    }

    [Fact]
    public async Task Recordings_are_listed_and_searched()
    {
        string cast = Path.Combine(_folder, "one.cast");
        await File.WriteAllTextAsync(cast, "{\"version\": 3, \"term\": {\"cols\": 80, \"rows\": 24}}\n[1.0, \"o\", \"build: \"]\n[2.0, \"o\", \"secret failure\\r\\n\"]\n[1, \"o\", \"cut");
        await _ctl.Store.PutRecordingAsync(Recording("0A00000001", "alice", cast, "asciicast"), None);
        await _ctl.Store.PutRecordingAsync(Recording("0A00000002", "bob", Path.Combine(_folder, "gone.dump"), "dump"), None);
        Assert.Contains("0A00000002", (await _ctl.RunAsync("show", "recordings")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("0A00000002", (await _ctl.RunAsync("show", "recordings", "-user", "alice", "-json")).Output, StringComparison.Ordinal);
        CtlResult found = await _ctl.RunAsync("show", "recordings", "-grep", "secret fail", "-csv");
        Assert.Equal($"2026-11-22 07:16:01,0A00000001,alice,output,build: secret failure,{cast}\n", found.Output);
        Assert.Equal(0, found.Code);
        Assert.Contains("gone.dump: not searched: ", found.Error, StringComparison.Ordinal);
        Assert.Equal("[]\n", (await _ctl.RunAsync("show", "recordings", "-user", "alice", "-grep", "nothing of the kind", "-json")).Output);
    }

    [Fact]
    public async Task Dumps_are_searched()
    {
        if (Configuration.Reference.Folder("dumps") is not { } folder) return;
        foreach (string file in Directory.EnumerateFiles(folder, "*.dump", SearchOption.AllDirectories).Take(3))
            await _ctl.Store.PutRecordingAsync(Recording(Path.GetFileName(file), "u", file, "dump"), None);
        CtlResult result = await _ctl.RunAsync("show", "recordings", "-grep", "e", "-json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetArrayLength() > 0);
    }

    [Fact]
    public async Task Watch_draws_as_often_as_told_and_restores_the_screen()
    {
        await ReferenceState.FillAsync(_ctl, 1, 1);
        CtlResult plain = await _ctl.RunAsync("watch", "hosts", "-count", "1");
        Assert.Equal("hosts, 2026-11-22 07:16:00\n" + (await _ctl.RunAsync("show", "hosts")).Output, plain.Output);
        _ctl.Terminal = new Terminal(true, 60, 5, false);
        string screen = (await _ctl.RunAsync("watch", "hosts", "-count", "1")).Output;
        Assert.StartsWith("\u001b[?1049h\u001b[?25l\u001b[Hhosts, ", screen, StringComparison.Ordinal);
        Assert.EndsWith("\u001b[J\u001b[?25h\u001b[?1049l", screen, StringComparison.Ordinal);
        Assert.Equal(4, screen.Split("\r\n").Length - 1);
    }

    [Fact]
    public async Task A_hundred_thousand_connections_are_one_query()
    {
        await _ctl.ConnectAsync([.. Enumerable.Range(0, 100_000).Select(i => CtlFixture.Connection($"{i:X10}", $"user{i % 500}", "login", $"n{i % 20}:22", CtlFixture.Start, kbIn: 1))]);
        CountingStore counting = CountingStore.Around(_ctl.Store);
        _ctl.Store = counting.Store;
        string csv = (await _ctl.RunAsync("show", "-all", "-csv", "connections")).Output;
        Assert.Equal(100_000, csv.AsSpan().Count('\n'));
        Assert.Equal(["GetBareConnectionsAsync"], counting.Calls);
        string table = (await _ctl.RunAsync("show", "connections")).Output;
        Assert.Contains("Totals │      100000 │", table, StringComparison.Ordinal);
        Assert.Equal(2, counting.Calls.Count);
    }

    [Fact]
    public async Task Names_with_separators_and_beyond_ascii_stay_one_field()
    {
        await _ctl.ConnectAsync(CtlFixture.Connection("0A00000001", "a,\"b\"@/é", "log in", "n1:22", CtlFixture.Start, "g&<>"));
        Assert.Equal("\"a,\"\"b\"\"@/é\",g&<>,1,0,0\n", (await _ctl.RunAsync("show", "users", "-csv")).Output);
        Assert.Equal("[{\"User\":\"a,\\\"b\\\"@/é\",\"Groups\":\"g\\u0026\\u003c\\u003e\",\"N\":1,\"BwIn\":0,\"BwOut\":0}]\n", (await _ctl.RunAsync("show", "users", "-json")).Output);
    }

    [Fact]
    public async Task Times_are_local()
    {
        CtlFixture ctl = new(TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromMinutes(330), "test", "test"));
        await ctl.Store.PutHostCheckAsync("n1:22", true, "", None);
        Assert.Equal("n1:22,up,2026-11-22 12:46:00,0,0,0,0\n", (await ctl.RunAsync("show", "hosts", "-csv")).Output);
        Assert.Contains("\"Ts\":\"2026-11-22T12:46:00+05:30\"", (await ctl.RunAsync("show", "hosts", "-json")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await ctl.RunAsync("error_banner", "-expire", "2026-11-22 12:46:01", "soon")).Code);
        Assert.Equal(CtlFixture.Start.AddSeconds(1), (await ctl.Store.GetErrorBannerAsync(None))!.Expires);
        Assert.Equal(2, (await ctl.RunAsync("error_banner", "-expire", "2026-11-22 12:46:00", "now")).Code);
    }

    private static RecordingRecord Recording(string session, string user, string location, string format) => new()
    {
        Id = location,
        Connection = session,
        Gateway = "gw1",
        User = user,
        Host = "n1:22",
        Start = CtlFixture.Start,
        Location = location,
        Format = format,
        Status = "complete",
    };
}
