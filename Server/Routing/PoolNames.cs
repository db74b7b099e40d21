using System.Runtime.CompilerServices;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Routing;

/// <summary>The names that a pool's hosts have in the state store; made once for each pool of a configuration.</summary>
internal static class PoolNames
{
    private static readonly ConditionalWeakTable<IReadOnlyList<HostEndpoint>, string[]> Names = [];

    public static IReadOnlyList<string> Of(IReadOnlyList<HostEndpoint> pool) =>
        Names.GetValue(pool, static hosts => [.. hosts.Select(host => host.ToString())]);
}
