using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>The stock client pinned to each algorithm, against the gateway, with enough data both ways to matter.</summary>
[Collection(AlgorithmCollection.Name)]
public sealed class ClientLegTests(AlgorithmBed bed)
{
    private static readonly byte[] Data = SampleData.Random(300_000);

    [Theory]
    [MemberData(nameof(AlgorithmRows.ClientLeg), MemberType = typeof(AlgorithmRows))]
    public async Task A_stock_client_that_speaks_only_this_is_served(AlgorithmRow row)
    {
        KeyPair key = await bed.KeyAsync(row.UserKey);
        IEnumerable<string> options = row.Keywords.SelectMany(pair => (string[])["-o", $"{pair.Keyword}={pair.Value}"]);
        ProcessResult result = await bed.Gateway.SshAsync(
            ["-v", .. options, "-o", $"IdentityFile={key.PrivateFile}", "-o", "RekeyLimit=128K", "target", "cat; exit 7"], Data);
        Assert.True(result.ExitStatus == 7, $"{result}\n{bed.GatewayProcess?.LogTail()}");
        Assert.Equal(Data, result.Output);

        // What was asked for is what was used, as the client saw it.
        foreach ((string keyword, string value) in row.Keywords)
        {
            string said = keyword switch
            {
                "KexAlgorithms" => $"kex: algorithm: {value}",
                "HostKeyAlgorithms" => $"kex: host key algorithm: {value}",
                "Ciphers" => $"kex: server->client cipher: {value} ",
                _ => $"MAC: {value} ",
            };
            Assert.Contains(said, result.ErrorText, StringComparison.Ordinal);
        }
    }
}
