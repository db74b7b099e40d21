using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using SshGateway.Server.Configuration;
using SshGateway.Storage.State;

namespace SshGateway.Server.Routing;

/// <summary>The policies of <c>route_select</c>, by name.</summary>
internal static class DestinationPolicies
{
    private static readonly FrozenDictionary<string, IDestinationPolicy> ByName =
        new IDestinationPolicy[] { new OrderedPolicy(), new RandomPolicy(), new LeastConnectionsPolicy(), new LeastBandwidthPolicy() }
            .ToFrozenDictionary(policy => policy.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    public static IDestinationPolicy Get(string name) => ByName[name];

    public static IDestinationPolicy Get(RouteSelect select) => Get(select switch
    {
        RouteSelect.Random => "random",
        RouteSelect.Connections => "connections",
        RouteSelect.Bandwidth => "bandwidth",
        _ => "ordered",
    });

    /// <summary>The ranking of one login.</summary>
    public static CandidateRanking ForLogin(RouteSelect select)
    {
        IDestinationPolicy policy = Get(select);
        ulong chance = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
        return candidates => policy.Rank(candidates, chance);
    }
}
