namespace SshGateway.Storage.State;

/// <summary>Where a user's connections to a service are or were, for stickiness.</summary>
/// <param name="Live">Hosts of live connections, the latest first.</param>
/// <param name="Recent">Host of the last connection that ended within keyttl.</param>
/// <param name="Persisted">The persisted choice.</param>
internal readonly record struct StickyHosts(IReadOnlyList<string> Live, string? Recent, string? Persisted)
{
    public static readonly StickyHosts None = new([], null, null);
}

/// <summary>The rules of a login, the same for every store: what is read differs, what follows from it does not.</summary>
internal static class LoginChoice
{
    /// <param name="request">What is asked for.</param>
    /// <param name="pool">The candidates with their states and loads.</param>
    /// <param name="sticky">Where the user's connections to the service are; not looked at unless the request is sticky.</param>
    /// <param name="userConnections">Live connections of the user without this one.</param>
    /// <param name="isRegistered">The connection counts already: the limit is not asked.</param>
    /// <param name="now">The store's time.</param>
    public static LoginDecision Decide(
        LoginRequest request, IEnumerable<Candidate> pool, StickyHosts sticky, int userConnections, bool isRegistered, DateTimeOffset now)
    {
        if (!isRegistered && request.MaxConnectionsPerUser > 0 && userConnections >= request.MaxConnectionsPerUser)
            return new LoginDecision(LoginOutcome.LimitReached, [], ChoiceReason.Ranked, userConnections);

        List<Candidate> usable = [.. pool.Where(c => c.State != HostState.Disabled && !request.Excluded.Contains(c.Host))];
        if (usable.Count == 0) return new LoginDecision(LoginOutcome.NoHost, [], ChoiceReason.Ranked, userConnections);

        HashSet<string> down = [.. usable.Where(c => IsBelievedDown(c, request.DownFor, now)).Select(c => c.Host)];
        List<string> order = Ranked(request.Rank, usable);
        order = [.. order.Where(h => !down.Contains(h)), .. order.Where(down.Contains)];

        ChoiceReason reason = ChoiceReason.Ranked;
        if (request.IsSticky && StickyHost(sticky, h => order.Contains(h) && !down.Contains(h)) is (string host, ChoiceReason why))
        {
            order.Remove(host);
            order.Insert(0, host);
            reason = why;
        }
        return new LoginDecision(LoginOutcome.Chosen, order, reason, userConnections);
    }

    private static bool IsBelievedDown(Candidate candidate, TimeSpan downFor, DateTimeOffset now) =>
        candidate.State == HostState.Down && now - candidate.CheckedAt <= downFor;

    /// <summary>A ranking that forgets a host or invents one changes the order, never the set.</summary>
    private static List<string> Ranked(CandidateRanking rank, List<Candidate> usable)
    {
        HashSet<string> left = [.. usable.Select(c => c.Host)];
        List<string> order = [.. rank(usable).Select(c => c.Host).Where(left.Remove)];
        order.AddRange(usable.Select(c => c.Host).Where(left.Remove));
        return order;
    }

    private static (string Host, ChoiceReason Reason)? StickyHost(StickyHosts sticky, Func<string, bool> isUsable)
    {
        foreach (string host in sticky.Live)
            if (isUsable(host)) return (host, ChoiceReason.StickyToLive);
        if (sticky.Recent is { } recent && isUsable(recent)) return (recent, ChoiceReason.StickyToRecent);
        if (sticky.Persisted is { } persisted && isUsable(persisted)) return (persisted, ChoiceReason.StickyToPersisted);
        return null;
    }
}
