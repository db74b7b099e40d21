using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Ctl.Explain;

/// <summary>Whether an override holds for a login, and why.</summary>
internal sealed record OverrideVerdict(int Line, bool IsApplied, string Why)
{
    public static IEnumerable<OverrideVerdict> All(RouteTable routes, string user, IReadOnlyList<string> groups, IPEndPoint? source)
    {
        // What counts is what the table itself applies; the reasons are found out again here.
        HashSet<int> applied = [.. routes.For(user, groups, source).AppliedOverrides];
        for (int i = 0; i < routes.Overrides.Count; i++)
        {
            RouteOverride item = routes.Overrides[i];
            string[] reasons = [.. item.Match.Select(match => Reason(match, user, groups, source, applied.Contains(i))).Where(reason => reason.Length > 0)];
            string why = reasons.Length == 0 ? "its match is empty" : applied.Contains(i) ? reasons[0] : string.Join("; or ", reasons);
            yield return new OverrideVerdict(item.Line, applied.Contains(i), why);
        }
    }

    // Of an override that applies: what fits, or nothing where the item does not. Of another: what does not fit.
    private static string Reason(MatchItem match, string user, IReadOnlyList<string> groups, IPEndPoint? source, bool isApplied)
    {
        List<string> fits = [], misses = [];
        if (match.Users is not null) (match.Users.Contains(user) ? fits : misses).Add(match.Users.Contains(user) ? $"the user is {user}" : $"the user is none of {Names(match.Users)}");
        if (match.Groups is not null)
        {
            string? group = groups.FirstOrDefault(match.Groups.Contains);
            if (group is not null) fits.Add($"the user is in the group {group}");
            else misses.Add($"the user is in none of the groups {Names(match.Groups)}");
        }

        if (match.Sources is not null)
        {
            if (source is not null && match.Sources.Contains(RouteTable.Plain(source))) fits.Add($"the gateway address is {source}");
            else misses.Add(source is null ? "no gateway address is given" : $"the gateway address is none of {Names(match.Sources.Select(s => s.ToString()))}");
        }

        if (!isApplied) return string.Join(", ", misses);
        if (misses.Count > 0) return "";
        return fits.Count == 0 ? "it matches everybody" : string.Join(", ", fits);
    }

    private static string Names(IEnumerable<string> names)
    {
        const int Most = 5;
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        string shown = string.Join(", ", sorted.Take(Most));
        return sorted.Length > Most ? $"{shown} and {sorted.Length - Most} more" : shown;
    }
}
