using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration;

/// <summary>
/// The file <c>destination.user_map</c>: lines <c>USER NAME</c>, where USER may hold * and ?, and NAME the patterns of <c>destination.user</c>. The first line
/// that fits decides; whom none fits is <c>destination.user</c>.
/// </summary>
internal sealed class UserMap
{
    public const int MaxLength = 4 * 1024 * 1024;

    private readonly Dictionary<string, Entry> _exact = new(StringComparer.Ordinal);
    private readonly List<Entry> _patterns = [];

    private UserMap()
    {
    }

    /// <summary>Reads the text of a map.</summary>
    /// <param name="text">Its content; # begins a comment.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="error">Told of each line that is none, at its place.</param>
    public static UserMap Parse(string text, string file, Action<ConfigMark, string> error)
    {
        var map = new UserMap();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            List<(string Text, int Column)> words = Words(line);
            if (words.Count == 0) continue;
            if (words.Count == 1) error(new ConfigMark(file, number, words[0].Column), $"USER NAME is expected: the name at the destination of '{words[0].Text}' is missing");
            else if (words.Count > 2) error(new ConfigMark(file, number, words[2].Column), $"USER NAME is expected, and nothing after it: '{words[2].Text}'");
            else if (Problem(words[1].Text) is { } problem) error(new ConfigMark(file, number, words[1].Column), problem);
            else map.Add(new Entry(number, words[0].Text, words[1].Text));
        }

        return map;
    }

    /// <summary>The name at the destination, patterns not expanded; null when no line fits.</summary>
    public string? Find(string user)
    {
        Entry? found = _exact.GetValueOrDefault(user);
        foreach (Entry entry in _patterns)
        {
            if (found is not null && found.Line < entry.Line) break;
            if (Wildcard.Matches(entry.User, user)) return entry.Name;
        }

        return found?.Name;
    }

    private void Add(Entry entry)
    {
        if (entry.User.AsSpan().ContainsAny('*', '?')) _patterns.Add(entry);
        else _exact.TryAdd(entry.User, entry);
    }

    private static string? Problem(string name)
    {
        for (int open = name.IndexOf('{', StringComparison.Ordinal); open >= 0; open = name.IndexOf('{', open + 1))
        {
            int close = name.IndexOf('}', open);
            string pattern = close < 0 ? name[open..] : name[(open + 1)..close];
            if (close < 0 || !PatternExpander.Names.Contains(pattern, StringComparer.Ordinal))
                return $"'{pattern}' is no pattern; known are {string.Join(' ', PatternExpander.Names.Select(known => $"{{{known}}}"))}";
        }

        return null;
    }

    private static List<(string Text, int Column)> Words(ReadOnlySpan<char> line)
    {
        var words = new List<(string, int)>();
        for (int at = 0; at < line.Length && line[at] != '#';)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            int start = at;
            while (at < line.Length && !char.IsWhiteSpace(line[at])) at++;
            words.Add((line[start..at].ToString(), start + 1));
        }

        return words;
    }

    private sealed record Entry(int Line, string User, string Name);
}
