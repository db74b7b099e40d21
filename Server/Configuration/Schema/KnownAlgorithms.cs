using SshGateway.Server.Algorithms;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>The algorithms a gateway can offer to clients, by kind. What is not among them (SHA-1, CBC, DSA) is never offered.</summary>
internal static class KnownAlgorithms
{
    public static IReadOnlyList<string> Of(string kind) => OfferedAlgorithms.KnownOf(kind);

    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Problem(string kind, string name)
    {
        IReadOnlyList<string> known = Of(kind);
        if (known.Contains(name, StringComparer.Ordinal)) return null;
        string suggestion = Describe.Suggestion(name, known);
        return $"'{Shown.Text(name)}' is none of the algorithms of '{kind}'{suggestion}{(suggestion.Length > 0 ? " Known are: " : "; known are: ")}{string.Join(", ", known)}";
    }
}
