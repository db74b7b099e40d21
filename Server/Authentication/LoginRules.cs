using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Authentication;

/// <summary>Who may log in at all: <c>auth.allow_users</c> and its relatives, with the meaning and order that sshd gives them.</summary>
internal static class LoginRules
{
    /// <summary>Null when the user may log in, else the rule that forbids it (for the log; the user is told nothing).</summary>
    public static string? Refusal(AuthConfiguration auth, string user, SystemUser? account, IPAddress source)
    {
        if (account is { Uid: 0 } && auth.AllowRoot == RootLogin.No) return "allow_root";
        if (auth.DenyUsers.Any(pattern => MatchesUser(pattern, user, source))) return "deny_users";
        if (auth.AllowUsers.Count > 0 && !auth.AllowUsers.Any(pattern => MatchesUser(pattern, user, source))) return "allow_users";
        IReadOnlyList<string> groups = account?.Groups ?? [];
        if (auth.DenyGroups.Any(pattern => MatchesGroup(pattern, groups))) return "deny_groups";
        if (auth.AllowGroups.Count > 0 && !auth.AllowGroups.Any(pattern => MatchesGroup(pattern, groups))) return "allow_groups";
        return null;
    }

    /// <summary>USER, or USER@HOST where HOST is an address, a pattern of one, or a network.</summary>
    private static bool MatchesUser(string pattern, string user, IPAddress source)
    {
        int at = pattern.LastIndexOf('@');
        if (at < 0) return Wildcard.Matches(pattern, user);
        string host = pattern[(at + 1)..];
        bool hostFits = IPNetwork.TryParse(host, out IPNetwork network) ? network.Contains(source) : Wildcard.Matches(host, source.ToString());
        return hostFits && Wildcard.Matches(pattern[..at], user);
    }

    private static bool MatchesGroup(string pattern, IReadOnlyList<string> groups) => groups.Any(group => Wildcard.Matches(pattern, group));
}
