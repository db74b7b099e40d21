using System.Numerics;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>The patterns of ssh_config and known_hosts: <c>*</c> is any text, <c>?</c> any one character; letters match in either case.</summary>
internal static class Wildcard
{
    private const int MaxPatternLength = 1024;

    /// <summary>Never backtracks past the last <c>*</c>, so time is bounded by pattern length × text length.</summary>
    public static bool Matches<T>(ReadOnlySpan<T> pattern, ReadOnlySpan<T> text)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (pattern.Length > MaxPatternLength) return false;
        T star = T.CreateTruncating('*'), one = T.CreateTruncating('?');
        int p = 0, t = 0, afterStar = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == star)
            {
                afterStar = ++p;
                starText = t;
            }
            else if (p < pattern.Length && (pattern[p] == one || Lower(pattern[p]) == Lower(text[t])))
            {
                p++;
                t++;
            }
            else if (afterStar >= 0)
            {
                p = afterStar;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == star) p++;
        return p == pattern.Length;
    }

    /// <summary>
    /// A comma-separated list in which <c>!</c> negates: true when some pattern matches and no negated one does.
    /// <paramref name="negated"/> tells that a negated one did.
    /// </summary>
    public static bool MatchesList<T>(ReadOnlySpan<T> list, ReadOnlySpan<T> text, out bool negated)
        where T : unmanaged, IBinaryInteger<T>
    {
        bool matched = false;
        while (!list.IsEmpty)
        {
            int comma = list.IndexOf(T.CreateTruncating(','));
            ReadOnlySpan<T> pattern = comma < 0 ? list : list[..comma];
            list = comma < 0 ? default : list[(comma + 1)..];
            bool not = !pattern.IsEmpty && pattern[0] == T.CreateTruncating('!');
            if (not) pattern = pattern[1..];
            if (pattern.IsEmpty || !Matches(pattern, text)) continue;
            if (not)
            {
                negated = true;
                return false;
            }

            matched = true;
        }

        negated = false;
        return matched;
    }

    private static T Lower<T>(T value)
        where T : unmanaged, IBinaryInteger<T> =>
        value >= T.CreateTruncating('A') && value <= T.CreateTruncating('Z') ? value | T.CreateTruncating(0x20) : value;
}
