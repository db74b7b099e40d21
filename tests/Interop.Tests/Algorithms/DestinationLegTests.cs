using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>An sshd pinned to each algorithm behind the gateway: a session proves that the gateway's client side speaks it.</summary>
[Collection(AlgorithmCollection.Name)]
public sealed class DestinationLegTests(AlgorithmBed bed)
{
    private static readonly byte[] Data = SampleData.Random(300_000);

    [Theory]
    [MemberData(nameof(AlgorithmRows.DestinationLeg), MemberType = typeof(AlgorithmRows))]
    public async Task An_sshd_that_speaks_only_this_is_reached(AlgorithmRow row)
    {
        IEnumerable<string> lines = row.Keywords.Select(pair => $"{pair.Keyword} {pair.Value}");
        await using OpenSshServer server = await OpenSshServer.StartAsync(
            bed.Folder, bed.SwitchHostKeys, bed.AuthorizedKeys, [.. lines, "RekeyLimit 128K"]);
        bed.Switch.Target = server.Port;
        Route route = await bed.SwitchRouteAsync(row.UserKey);
        ProcessResult result = await route.SshAsync(["target", "cat; exit 7"], Data);
        Assert.True(result.ExitStatus == 7, $"{result}\n{server.LogText}\n{bed.GatewayProcess?.LogTail()}");
        Assert.Equal(Data, result.Output);
    }
}
