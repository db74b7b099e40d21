using SshGateway.Protocol.Keys.Trust;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// Lists of algorithm names as sshd_config(5) writes them: names with commas in place of the defaults; behind <c>+</c> appended to
/// them, behind <c>^</c> put before them; behind <c>-</c> taken away. Names may be patterns with <c>*</c> and <c>?</c>.
/// </summary>
public static class AlgorithmList
{
    /// <summary>The names that a list stands for; the defaults where it is empty.</summary>
    /// <param name="text">The list. Names that are not known, and patterns that fit nothing, add nothing.</param>
    /// <param name="defaults">In order of preference.</param>
    /// <param name="known">Everything that may be named.</param>
    public static IReadOnlyList<string> Expand(string text, IReadOnlyList<string> defaults, IReadOnlyList<string> known)
    {
        if (text.Length == 0) return defaults;
        char mode = text[0] is '+' or '-' or '^' ? text[0] : '\0';
        string[] items = (mode == '\0' ? text : text[1..]).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (mode == '-') return [.. defaults.Where(name => !Array.Exists(items, item => Fits(item, name)))];
        IEnumerable<string> named = items.SelectMany(item => known.Where(name => Fits(item, name)));
        IEnumerable<string> all = mode switch
        {
            '+' => defaults.Concat(named),
            '^' => named.Concat(defaults),
            _ => named,
        };
        return [.. all.Distinct(StringComparer.Ordinal)];
    }

    private static bool Fits(string pattern, string name) =>
        pattern.AsSpan().IndexOfAny('*', '?') < 0 ? pattern == name : Wildcard.Matches<char>(pattern, name);
}
