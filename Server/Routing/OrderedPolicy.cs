using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>As written in the configuration.</summary>
internal sealed class OrderedPolicy : IDestinationPolicy
{
    public string Name => "ordered";

    public IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> candidates, ulong chance)
    {
        for (int i = 1; i < candidates.Count; i++)
        {
            if (candidates[i].Position < candidates[i - 1].Position) return [.. candidates.OrderBy(candidate => candidate.Position)];
        }

        return candidates;
    }
}
