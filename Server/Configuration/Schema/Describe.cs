using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Schema;

/// <summary>Wording of messages: kinds of values, the nearest known name.</summary>
internal static class Describe
{
    public static string Kind(ConfigNode node) => node.Kind switch
    {
        ConfigKind.List => "a list",
        ConfigKind.Map => "a map",
        ConfigKind.Null => "nothing",
        _ => $"'{Shown.Text(node.Text)}'",
    };

    public static string UnknownKey(string key, IEnumerable<string> known) =>
        $"unknown key '{Shown.Text(key)}'" + Suggestion(key, known);

    /// <summary>", did you mean 'x'?" when a known name is near enough, else "".</summary>
    public static string Suggestion(string name, IEnumerable<string> known)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        if (name.Length > 64) return "";
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate);
            if (distance >= bestDistance) continue;
            (best, bestDistance) = (candidate, distance);
        }

        return best is not null && bestDistance <= Math.Max(2, Math.Max(name.Length, best.Length) / 3) ? $", did you mean '{best}'?" : "";
    }

    // Edit distance; neighbours swapped count once, upper case and '-' for '_' count nothing.
    private static int Distance(string left, string right)
    {
        string a = left.ToLowerInvariant().Replace('-', '_'), b = right.ToLowerInvariant().Replace('-', '_');
        int[] beforeLast = new int[b.Length + 1], last = new int[b.Length + 1], current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(last[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, current) = (last, current, beforeLast);
        }

        return last[b.Length];
    }
}
