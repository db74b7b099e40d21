using System.Text.Json;
using System.Text.RegularExpressions;
using SshGateway.Server.Tests.Configuration;
using SshGateway.Server.Tests.Configuration.Commands;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class ReferenceOutputFromMemoryTests() : ReferenceOutputTests(new CtlFixture());

public sealed class ReferenceOutputFromSqliteTests : ReferenceOutputTests, IAsyncLifetime
{
    private readonly string _folder;

    public ReferenceOutputFromSqliteTests()
        : this(Directory.CreateTempSubdirectory("ctl").FullName)
    {
    }

    private ReferenceOutputFromSqliteTests(string folder)
        : base(new CtlFixture(store: time => new SqliteStateStore(Path.Combine(folder, "state.db"), time))) => _folder = folder;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Every output of sshproxyctl that is kept, byte for byte. Its times have nanoseconds, ours end at 100 of them.</summary>
public abstract partial class ReferenceOutputTests
{
    private static readonly string[] Empty = ["show connections", "show -all connections", "show hosts", "show users", "show groups"];

    private readonly CtlFixture _ctl;

    private protected ReferenceOutputTests(CtlFixture ctl) => _ctl = ctl;

    private protected Task CloseAsync() => _ctl.Store.DisposeAsync().AsTask();

    [ReferenceFact("ctl")]
    public async Task Empty_states_read_as_the_reference()
    {
        foreach (string line in Empty)
        {
            string name = $"empty-{line.Split(' ')[^1]}{(line.Contains("-all", StringComparison.Ordinal) ? "-all" : "")}";
            await SameAsync(name + ".txt", line.Split(' '));
            Assert.Equal(new CtlResult(0, "[]\n", ""), await _ctl.RunAsync([.. line.Split(' '), "-json"]));
            Assert.Equal(new CtlResult(0, "", ""), await _ctl.RunAsync([.. line.Split(' '), "-csv"]));
        }

        // The reference says null for this one, and [] for the others.
        Assert.Equal("null\n", Expected("empty-connections-json.txt"));
        Assert.All(["connections-all", "hosts", "users", "groups"], name => Assert.Equal("[]\n", Expected($"empty-{name}-json.txt")));
    }

    [ReferenceFact("ctl")]
    public async Task Live_connections_read_as_the_reference()
    {
        await ReferenceState.FillAsync(_ctl, 1011, 2929);
        await SameAsync("live-connections.txt", "show", "connections");
        await SameAsync("live-connections-csv.txt", "show", "-csv", "connections");
        await SameAsync("live-connections-all.txt", "show", "-all", "connections");
        await SameAsync("live-connections-all-csv.txt", "show", "connections", "--csv", "--all");
        await ReferenceState.FillAsync(_ctl, 1171, 3906);
        await SameAsync("live-connections-json.txt", "show", "-json", "connections");
        await SameAsync("live-connections-all-json.txt", "show", "-all", "-json", "connections");
        await SameAsync("live-connections-csv-and-json.txt", "show", "-csv", "-json", "connections");
        await SameAsync("live-connections-flags-first.txt", "-all", "-csv", "show", "connections");
    }

    [ReferenceFact("ctl")]
    public async Task Live_hosts_read_as_the_reference()
    {
        await ReferenceState.FillAsync(_ctl, 1011, 2929);
        await SameAsync("live-hosts.txt", "show", "hosts");
        await ReferenceState.FillAsync(_ctl, 1171, 3906);
        await SameAsync("live-hosts-csv.txt", "show", "-csv", "hosts");
        await SameAsync("live-hosts-json.txt", "show", "-json", "hosts");
    }

    [ReferenceFact("ctl")]
    public async Task Live_users_read_as_the_reference()
    {
        await ReferenceState.FillAsync(_ctl, 1011, 2929, 3589, 3587);
        await SameAsync("live-users.txt", "show", "users");
        await SameAsync("live-users-csv.txt", "show", "-csv", "users");
        await SameAsync("live-users-all.txt", "show", "-all", "users");
        await ReferenceState.FillAsync(_ctl, 1171, 2929);
        await SameAsync("live-users-all-csv.txt", "show", "-all", "-csv", "users");
        await ReferenceState.FillAsync(_ctl, 1171, 3906, 3588, 3586);
        await SameAsync("live-users-json.txt", "show", "-json", "users");
        await SameAsync("live-users-csv-and-json.txt", "show", "-csv", "-json", "users");
        await SameAsync("live-users-all-json.txt", "show", "-all", "-json", "users");
    }

    [ReferenceFact("ctl")]
    public async Task Live_groups_read_as_the_reference_sorted()
    {
        await ReferenceState.FillAsync(_ctl, 1011, 2929);
        await SameAsync("live-groups.txt", "show", "groups");
        await SameAsync("live-groups-csv.txt", "show", "-csv", "groups");
        await SameAsync("live-groups-all.txt", "show", "-all", "groups");
        await ReferenceState.FillAsync(_ctl, 1171, 3906);
        // The reference came in an order of chance.
        Assert.Equal(SortedLines(Expected("live-groups-all-csv.txt")), (await _ctl.RunAsync("show", "-all", "-csv", "groups")).Output);
        Assert.Equal(SortedObjects(Expected("live-groups-json.txt")), (await _ctl.RunAsync("show", "-json", "groups")).Output);
        Assert.Equal(SortedObjects(Expected("live-groups-all-json.txt")), (await _ctl.RunAsync("show", "-all", "-json", "groups")).Output);
    }

    [ReferenceFact("ctl")]
    public async Task Hosts_change_as_in_the_reference()
    {
        await ReferenceState.FillAsync(_ctl, 1171, 2929);
        await _ctl.ConnectAsync(CtlFixture.Connection("0000000007", "bench1", "login", "127.0.0.2:2200", CtlFixture.Start));
        _ctl.Time.Now = At("07:16:59");
        await _ctl.Store.PutHostCheckAsync("127.0.0.9:2200", false, "refused", CancellationToken.None);
        await ChangeAsync("disable", "-host", "127.0.0.[2-3]", "-port", "2200");
        await SameAsync("after-disable-hosts.txt", "show", "hosts");
        await SameAsync("after-disable-hosts-csv.txt", "show", "-csv", "hosts");
        _ctl.Time.Now = At("07:17:01");
        await ChangeAsync("enable", "--host=127.0.0.[2-4,9]", "--port=2200");
        await SameAsync("after-enable-hosts-csv.txt", "show", "-csv", "hosts");
        await ChangeAsync("enable", "-host", "127.0.0.3", "-port", "2201");
        await ChangeAsync("-host", "127.0.0.[2-3]", "disable");
        await SameAsync("after-disable-noport-hosts-csv.txt", "show", "-csv", "hosts");
        await ChangeAsync("enable", "-all");
        await ChangeAsync("forget", "host", "-host", "127.0.0.9", "-port", "2200");
        await SameAsync("after-forget-hosts-csv.txt", "show", "-csv", "hosts");
    }

    [ReferenceFact("ctl")]
    public async Task Error_banners_read_as_the_reference()
    {
        await SameErrorAsync("empty-error_banner.stderr.txt");
        await ChangeAsync("error_banner", "Maintenance until noon.\nSorry for the inconvenience.");
        await SameErrorAsync("error_banner-show-never.stderr.txt");
        await ChangeAsync("error_banner", "-expire", "2031-02-03", "Maintenance.");
        await SameErrorAsync("error_banner-show-date.stderr.txt");
        await ChangeAsync("error_banner", "Maintenance.", "-expire", "2031-02-03 04:05");
        await SameErrorAsync("error_banner-show-expire.stderr.txt");
        await ChangeAsync("forget", "error_banner");
        await SameErrorAsync("error_banner-show-default.stderr.txt");
    }

    [ReferenceFact("ctl")]
    public async Task Configurations_read_as_the_reference()
    {
        _ctl.Configuration = CheckCommandTests.Site;
        await SameConfigurationAsync("config-user.txt", "-user", "bench1");
        await SameConfigurationAsync("config-user2.txt", "-user", "bench2");
        await SameConfigurationAsync("config-user-unknown.txt", "-user", "nobodyhere");
        await SameConfigurationAsync("config-groups.txt", "-user", "alice", "-groups", "staffx,foo");
        await SameConfigurationAsync("config-source.txt", "-user", "bench1", "-source", "127.0.0.1:2024");
        await SameConfigurationAsync("config-source-noport.txt", "-source", "127.0.0.1");
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse($"2026-11-22T{time}Z", null);

    private static string Expected(string name) => File.ReadAllText(Path.Combine(Reference.Folder("ctl")!, name));

    private static string WithoutFractions(string text) => Fraction().Replace(text, "${time}");

    private static string SortedLines(string text) => string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(line => line + "\n"));

    private static string SortedObjects(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        IEnumerable<string> sorted = document.RootElement.EnumerateArray()
            .OrderBy(e => e.GetProperty("Group").GetString(), StringComparer.Ordinal)
            .ThenBy(e => e.TryGetProperty("Service", out JsonElement service) ? service.GetString() : "", StringComparer.Ordinal)
            .Select(e => e.GetRawText());
        return $"[{string.Join(',', sorted)}]\n";
    }

    private async Task SameAsync(string name, params string[] line)
    {
        CtlResult result = await _ctl.RunAsync(line);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal(WithoutFractions(Expected(name)), WithoutFractions(result.Output));
    }

    private async Task SameErrorAsync(string name) => Assert.Equal(new CtlResult(0, "", Expected(name)), await _ctl.RunAsync("show", "error_banner"));

    private async Task SameConfigurationAsync(string name, params string[] options)
    {
        CtlResult result = await _ctl.RunAsync(["show", .. options, "config"]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        string[] expected = CheckCommandTests.Comparable(Expected(name).Split('\n'));
        Assert.Equal(expected, CheckCommandTests.Comparable(result.Output.Split('\n')).Take(expected.Length));
    }

    private async Task ChangeAsync(params string[] line) => Assert.Equal(new CtlResult(0, "", ""), await _ctl.RunAsync(line));

    [GeneratedRegex(@"(?<time>\d\d:\d\d:\d\d)\.\d+", RegexOptions.ExplicitCapture)]
    private static partial Regex Fraction();
}
