namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Which methods a user has passed, and which he may go on with, so that one of the combinations is shown in its order.</summary>
internal sealed class FactorSequence(IReadOnlyList<IReadOnlyList<string>> combinations)
{
    private readonly List<string> _passed = [];

    public bool IsComplete { get; private set; }

    /// <summary>Methods that can continue (RFC 4252 §5.1), each once, in the order of the combinations.</summary>
    public IReadOnlyList<string> Next { get; private set; } = FollowersOf(combinations, []);

    public void Pass(string method)
    {
        if (!Next.Contains(method, StringComparer.Ordinal)) throw new InvalidOperationException($"method {method} was not asked for");
        _passed.Add(method);
        IsComplete = combinations.Any(combination => combination.SequenceEqual(_passed, StringComparer.Ordinal));
        Next = FollowersOf(combinations, _passed);
    }

    private static string[] FollowersOf(IReadOnlyList<IReadOnlyList<string>> combinations, List<string> passed) =>
        [.. combinations
            .Where(combination => combination.Count > passed.Count && combination.Take(passed.Count).SequenceEqual(passed, StringComparer.Ordinal))
            .Select(combination => combination[passed.Count])
            .Distinct(StringComparer.Ordinal)];
}
