using SshGateway.Server.Configuration;

namespace SshGateway.Server.Commands;

/// <summary>
/// Settings that are read and checked but that this version does not act on yet. Those that guard something stop the start: a gate
/// that is written down and not there is worse than none. The others are warned of.
/// </summary>
internal static class UnsupportedSettings
{
    public static (IReadOnlyList<string> Refused, IReadOnlyList<string> Warned) Find(GatewayConfiguration configuration)
    {
        var refused = new List<string>();
        var warned = new List<string>();
        foreach (RouteConfiguration route in configuration.AllRoutes) Find(route, refused, warned);
        return ([.. refused.Distinct(StringComparer.Ordinal)], [.. warned.Distinct(StringComparer.Ordinal)]);
    }

    private static void Find(RouteConfiguration route, List<string> refused, List<string> warned)
    {
        if (route.Destination.UserMap.Length > 0) refused.Add("destination.user_map");
    }
}
