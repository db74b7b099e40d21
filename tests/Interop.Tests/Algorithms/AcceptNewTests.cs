using System.Text;
using SshGateway.Interop.Tests.Harness;
using SshGateway.Storage.State.Sqlite;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>host_key_check: accept-new with one store for several gateway processes.</summary>
public sealed class AcceptNewTests(TestBed bed) : IClassFixture<TestBed>
{
    [GatewayFact]
    public async Task Two_gateways_that_meet_new_hosts_at_once_learn_each_of_them_once()
    {
        const int Hosts = 6;
        OpenSshServer[] servers = await Task.WhenAll(Enumerable.Range(0, Hosts).Select(_ => bed.StartDestinationAsync([])));
        string database = bed.Folder["accepted.db"];
        int[][] ports = [Ports(Hosts), Ports(Hosts)];
        foreach (int[] own in ports)
        {
            bed.Own(await GatewayProcess.StartAsync(bed.Folder, bed.DestinationOptions(bed.Destination.Port, []) with
            {
                Port = own[0],
                MorePorts = own[1..],
                DestinationKnownHosts = bed.Folder["none"],
                HostKeyCheck = "accept-new",
                ExtraLines = $"state:\n  database: \"sqlite:{database}\"\n  timeout: 20s\noverrides:\n" + string.Concat(servers.Select((server, number) =>
                    $"  - match: [{{sources: [\"127.0.0.1:{own[number]}\"]}}]\n    dest: [\"127.0.0.1:{server.Port}\"]\n")),
            }));
        }

        // Each host by both gateways, twice.
        int[] all = [.. from number in Enumerable.Range(0, Hosts) from own in ports from again in Enumerable.Range(0, 2) select own[number]];
        await MatrixRun.AllAsync(all.Select((port, number) => (port, number)).ToArray(), async row =>
        {
            var route = new Route(bed.Folder, $"new{row.number}", row.port, bed.UserKey, bed.GatewayHostKeys.Select(key => key.PublicText));
            ProcessResult result = await route.SshAsync("target", "exit 7");
            Assert.True(result.ExitStatus == 7, result.ToString());
        });
        string[] expected = [.. servers.Select(server => $"[127.0.0.1]:{server.Port} {bed.DestinationHostKeys[0].PublicText}")];
        await using var store = new SqliteStateStore(database);
        IEnumerable<string> learned = (await store.ListSharedAsync("known_hosts", default)).Select(entry => $"{entry.Key} {Encoding.UTF8.GetString(entry.Value)}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), learned.Order(StringComparer.Ordinal));
    }

    private static int[] Ports(int count) => [.. Enumerable.Range(0, count).Select(_ => LoopbackPort.Free())];
}
