using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

public sealed class AlgorithmRowTests
{
    [Fact]
    public void Every_pair_of_two_dimensions_stands_in_some_row()
    {
        string[] userKeys = [.. AlgorithmNames.UserKeys, .. AlgorithmNames.SecurityKeys];
        IReadOnlyList<AlgorithmRow> rows = AlgorithmRow.Pairs(AlgorithmNames.Kex, AlgorithmNames.HostKeys, userKeys);
        string[][] dimensions =
            [[.. AlgorithmNames.Kex], [.. AlgorithmNames.Ciphers.Select(pair => pair.Cipher + pair.Mac)], [.. AlgorithmNames.HostKeys], userKeys];
        Func<AlgorithmRow, string>[] values = [row => row.Kex, row => row.Cipher + row.Mac, row => row.HostKey, row => row.UserKey];
        for (int first = 0; first < dimensions.Length; first++)
        {
            for (int second = first + 1; second < dimensions.Length; second++)
            {
                HashSet<(string, string)> there = [.. rows.Select(row => (values[first](row), values[second](row)))];
                foreach (string one in dimensions[first])
                {
                    foreach (string other in dimensions[second]) Assert.Contains((one, other), there);
                }
            }
        }
    }
}
