namespace SshGateway.Interop.Tests.Algorithms;

/// <summary>One connection of the matrix: what a leg is pinned to.</summary>
internal sealed record AlgorithmRow(string Kex, string Cipher, string? Mac, string HostKey, string UserKey)
{
    /// <summary>
    /// Every pair of two dimensions' values stands in some row: an orthogonal array over a prime field, whose columns are a, b, a+b
    /// and a+2b. All combinations would be ten thousand connections, and an error hides in a pair, not in a quadruple.
    /// </summary>
    public static IReadOnlyList<AlgorithmRow> Pairs(IReadOnlyList<string> kex, IReadOnlyList<string> hostKeys, IReadOnlyList<string> userKeys)
    {
        IReadOnlyList<(string Cipher, string? Mac)> ciphers = AlgorithmNames.Ciphers;
        const int prime = 17;
        if (new[] { kex.Count, ciphers.Count, hostKeys.Count, userKeys.Count }.Max() > prime) throw new InvalidOperationException("a larger prime is needed");
        var rows = from a in Enumerable.Range(0, prime)
                   from b in Enumerable.Range(0, prime)
                   let cipher = Of(ciphers, a)
                   select new AlgorithmRow(Of(kex, b), cipher.Cipher, cipher.Mac, Of(hostKeys, (a + b) % prime), Of(userKeys, (a + (2 * b)) % prime));
        return [.. rows.Distinct()];
    }

    public override string ToString() => string.Join(' ', ((string?[])[Kex, Cipher, Mac, HostKey, UserKey]).OfType<string>());

    // What lies beyond a list begins it again.
    private static T Of<T>(IReadOnlyList<T> values, int index) => values[index % values.Count];
}
