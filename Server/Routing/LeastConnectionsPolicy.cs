using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>Fewest connections of the user, then fewest of everybody, then chance.</summary>
internal sealed class LeastConnectionsPolicy : IDestinationPolicy
{
    public string Name => "connections";

    public IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> candidates, ulong chance) =>
        BestFirst.Order(candidates, chance, static candidate => new Load(candidate.UserConnections, candidate.Connections));
}
