using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>Operators who look at a session that is going on.</summary>
public sealed class WatchTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task A_live_session_is_seen_by_ctl_and_the_store_says_where_it_is_recorded()
    {
        string folder = bed.Folder["rec-watch"];
        string database = bed.Folder["watch.db"];
        GatewayProcess gateway = await bed.StartGatewayAsync(bed.DestinationOptions(bed.Destination.Port, bed.DestinationHostKeys.Select(key => key.PublicText)) with
        {
            ExtraLines = $"dump: \"{folder}/{{sid}}.dump\"\nstate: {{database: \"sqlite:{database}\", timeout: 20s}}\n",
        });
        await using ChildProcess session = bed.RouteThrough(gateway, "watch").StartSsh("target", "read line; echo \"shown $line\"; read line");
        await using var store = new SqliteStateStore(database);
        string id = "";
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                var connections = await store.GetConnectionsAsync(CancellationToken.None);
                if (connections.Count != 1 || !connections[0].Details.TryGetValue("recording", out string? place)) return false;
                id = connections[0].Id;
                return place.StartsWith(folder, StringComparison.Ordinal) && File.Exists(place);
            },
            "the connection says where it is recorded");
        (string program, string[] arguments) = GatewayProcess.Program();
        await using ChildProcess watcher = ChildProcess.Start(program, [.. arguments, "ctl", "-c", gateway.ConfigFile, "watch", "-session", id]);
        // Said when everything that is shown from then on is seen.
        using var told = new StreamReader(watcher.Error);
        Assert.Contains("Ctrl-C leaves it", await told.ReadLineAsync().WaitAsync(ChildProcess.DefaultTimeout), StringComparison.Ordinal);
        await session.WriteAsync("to all\n");
        await watcher.ReadUntilAsync("shown to all\n");
        await session.WriteAsync("\n");
        await session.WaitForExitAsync();
        Assert.Equal(0, await watcher.WaitForExitAsync());
        Assert.Contains(await store.GetEventsAsync(new(Kind: "ctl"), CancellationToken.None), noted => noted.Message == "watch" && noted.Connection == id);
    }
}
