using System.Collections.Concurrent;
using Xunit;

namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>Runs the rows of a matrix a few at a time and tells of all that failed, not of the first alone.</summary>
internal static class MatrixRun
{
    private const int Shown = 4;

    /// <summary>More at a time only makes each of them slower: a client, a server and a gateway work on each.</summary>
    public const int AtATime = 4;

    public static async Task AllAsync<T>(IReadOnlyList<T> rows, Func<T, Task> row)
        where T : notnull
    {
        Assert.NotEmpty(rows);
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (item, _) =>
        {
            try
            {
                await row(item);
            }
            catch (Exception exception)
            {
                failures.Enqueue($"== {item}\n{exception.Message}");
            }
        });
        if (!failures.IsEmpty)
            Assert.Fail($"{failures.Count} of {rows.Count} failed\n{string.Join('\n', failures.Take(Shown))}\n== all\n{string.Join('\n', failures.Select(text => text.Split('\n')[0]))}");
    }
}
