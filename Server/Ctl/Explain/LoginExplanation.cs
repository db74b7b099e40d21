using System.Net;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl.Show;
using SshGateway.Server.Routing;
using SshGateway.Storage.State;

namespace SshGateway.Server.Ctl.Explain;

/// <param name="Rank">Place in the order in which hosts are tried, from 1; 0: it is not tried.</param>
internal sealed record CandidateVerdict(
    int Rank, string Host, string State, DateTimeOffset CheckedAt, int UserConnections, int Connections, long UserBandwidth, long Bandwidth, string Why);

/// <summary>What the store would decide for a login, and what it sees of each host of the pool.</summary>
internal sealed record LoginExplanation(string Host, string Outcome, int UserConnections, IReadOnlyList<CandidateVerdict> Candidates)
{
    public static async Task<LoginExplanation> AskAsync(
        CtlContext ctl, string user, IReadOnlyList<string> groups, IPEndPoint? source, RouteConfiguration route, CancellationToken cancellationToken)
    {
        // The ranking is told of every candidate; this is how they come out of the store's transaction.
        Dictionary<string, Candidate> seen = new(StringComparer.Ordinal);
        CandidateRanking rank = DestinationPolicies.ForLogin(route.RouteSelect);
        var request = new LoginRequest
        {
            Connection = new ConnectionRecord
            {
                Id = "explain",
                Gateway = "",
                User = user,
                Groups = groups,
                Service = route.Service,
                Client = "",
                From = source?.ToString() ?? "",
                Start = ctl.Now,
            },
            Candidates = [.. route.Dest.Select(host => host.ToString())],
            IsSticky = route.Mode == RouteMode.Sticky,
            MaxConnectionsPerUser = route.MaxConnectionsPerUser,
            DownFor = route.CheckInterval,
            Rank = candidates =>
            {
                foreach (Candidate candidate in candidates) seen[candidate.Host] = candidate;
                return rank(candidates);
            },
        };
        LoginDecision decision = await ctl.Store.ProposeAsync(request, cancellationToken);
        // At the limit there was no ranking; disabled hosts are in none.
        if (decision.Outcome == LoginOutcome.LimitReached) await ctl.Store.ProposeAsync(request with { MaxConnectionsPerUser = 0 }, cancellationToken);
        Dictionary<string, HostRecord> hosts = (await ctl.Store.GetHostsAsync(cancellationToken)).ToDictionary(h => h.Host, StringComparer.Ordinal);
        IEnumerable<CandidateVerdict> verdicts = request.Candidates.Select(host => Verdict(host, seen.GetValueOrDefault(host), hosts.GetValueOrDefault(host), decision, route, ctl.Now));
        CandidateVerdict[] sorted = [.. verdicts.OrderBy(v => v.Rank == 0).ThenBy(v => v.Rank)];
        return new LoginExplanation(decision.Host, OutcomeText(decision, route), decision.UserConnections, sorted);
    }

    private static CandidateVerdict Verdict(string host, Candidate? seen, HostRecord? known, LoginDecision decision, RouteConfiguration route, DateTimeOffset now)
    {
        int rank = decision.Outcome == LoginOutcome.Chosen ? 1 + Position(decision.Order, host) : 0;
        string state = known is not null ? HostStateText.ForPeople(known) : seen?.State is { } s ? HostStateText.Name(s) : "not seen";
        return new CandidateVerdict(
            rank, host, state, known?.CheckedAt ?? seen?.CheckedAt ?? default, seen?.UserConnections ?? 0, seen?.Connections ?? known?.Connections ?? 0,
            seen?.UserBandwidth ?? 0, seen?.Bandwidth ?? ((known?.BandwidthIn + known?.BandwidthOut) ?? 0), Why(rank, known, decision, route, now));
    }

    private static int Position(IReadOnlyList<string> order, string host)
    {
        for (int i = 0; i < order.Count; i++)
        {
            if (order[i] == host) return i;
        }

        return -1;
    }

    private static string Why(int rank, HostRecord? known, LoginDecision decision, RouteConfiguration route, DateTimeOffset now)
    {
        if (known?.State == HostState.Disabled) return known.Drain is null ? "disabled by an operator" : "draining";
        bool isDown = known?.State == HostState.Down;
        bool isBelieved = isDown && now - known!.CheckedAt <= route.CheckInterval;
        string down = isDown ? $", down{(known!.Reason.Length > 0 ? $" ({known.Reason})" : "")}{(isBelieved ? "" : " but that is too old to be believed")}" : "";
        return decision.Outcome switch
        {
            LoginOutcome.LimitReached => "the user's limit is reached" + down,
            LoginOutcome.NoHost => "not available" + down,
            _ when rank == 1 => $"chosen: {ChoiceText(decision.Choice, route)}{down}",
            _ when rank > 1 => isBelieved ? $"tried last{down}" : $"tried if those before it fail{down}",
            _ => "not taken" + down,
        };
    }

    private static string OutcomeText(LoginDecision decision, RouteConfiguration route) => decision.Outcome switch
    {
        LoginOutcome.Chosen => $"{decision.Host}, because {ChoiceText(decision.Choice, route)}",
        LoginOutcome.LimitReached => $"refused: the user has {decision.UserConnections} live connections, {route.MaxConnectionsPerUser} are allowed",
        _ => route.Dest.Count == 0 ? "refused: there is no destination (dest is empty)" : "refused: every host of the pool is disabled",
    };

    private static string ChoiceText(ChoiceReason choice, RouteConfiguration route) => choice switch
    {
        ChoiceReason.StickyToLive => "the user has a live connection there (sticky)",
        ChoiceReason.StickyToRecent => "the user was connected there a moment ago (sticky, keyttl)",
        ChoiceReason.StickyToPersisted => "it is the user's persisted choice (sticky)",
        _ => route.RouteSelect switch
        {
            RouteSelect.Connections => "fewest connections of the user, then of all, then chance",
            RouteSelect.Bandwidth => "least traffic of the user, then of all, then connections, then chance",
            RouteSelect.Random => "chance",
            _ => "first in the order of the configuration",
        },
    };
}
