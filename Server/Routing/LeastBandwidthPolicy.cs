using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>Least traffic of the user, then of everybody; where that is equal (idle hosts are) fewest connections, the user's first, then chance.</summary>
internal sealed class LeastBandwidthPolicy : IDestinationPolicy
{
    public string Name => "bandwidth";

    public IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> candidates, ulong chance) =>
        BestFirst.Order(
            candidates, chance,
            static candidate => new Load(candidate.UserBandwidth, candidate.Bandwidth, candidate.UserConnections, candidate.Connections));
}
