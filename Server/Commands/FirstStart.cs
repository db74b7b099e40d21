using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.HostKeys;
using SshGateway.Server.Logging;

namespace SshGateway.Server.Commands;

/// <summary>What an operator has to do after the first start of a gateway, which has made its host keys.</summary>
internal static class FirstStart
{
    /// <summary>To be asked before host keys are made.</summary>
    public static bool IsNow(GatewayConfiguration configuration) =>
        configuration.HostKeys.Count == 0 && GeneratedHostKeys.Files(configuration.StateDir, generate: false).Count == 0;

    public static void Log(GatewayConfiguration configuration, ILogger log)
    {
        foreach (string hint in Hints(configuration)) log.FirstStart(hint);
    }

    public static IEnumerable<string> Hints(GatewayConfiguration configuration)
    {
        RouteConfiguration route = configuration.Routes.Base;
        DestinationConfiguration destination = route.Destination;
        yield return $"host keys were made in {configuration.StateDir}: keep that folder, or users are warned that the gateway's keys have changed";
        if (configuration.AllRoutes.All(r => r.Dest.Count == 0)) yield return $"there is no destination yet: write 'dest' into {configuration.FilePath}";
        yield return $"keys of users are looked for in {string.Join(", ", configuration.Auth.AuthorizedKeys)}";
        foreach (string key in destination.Keys) yield return $"destinations must accept the gateway's public key {key}.pub";
        if (destination.HostKeyCheck == HostKeyCheck.Strict && route.Dest.Count > 0)
            yield return $"host keys of destinations must stand in {string.Join(" or ", destination.KnownHosts)}: ssh-keyscan -p {route.Dest[0].Port} {route.Dest[0].Host} prints them, compare before you trust them";
        yield return $"then try: ssh -p {configuration.Listen[0].Port} USER@GATEWAY";
    }
}
