using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>By chance.</summary>
internal sealed class RandomPolicy : IDestinationPolicy
{
    public string Name => "random";

    public IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> candidates, ulong chance) =>
        BestFirst.Order(candidates, chance, static _ => default);
}
