using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>Puts the hosts of a pool into the order in which they are to be tried: one value of <c>route_select</c>.</summary>
internal interface IDestinationPolicy
{
    /// <summary>The value of <c>route_select</c>.</summary>
    string Name { get; }

    /// <summary>All of them, best first. Pure: the same candidates and the same chance give the same order.</summary>
    /// <param name="candidates">Usually in the order of the pool.</param>
    /// <param name="chance">Random, the same for all rankings of a login: what was dialled on a proposal is then also what is chosen.</param>
    IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> candidates, ulong chance);
}
