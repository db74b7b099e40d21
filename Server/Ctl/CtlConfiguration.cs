using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Ctl;

/// <summary>Reads the gateway's configuration for ctl.</summary>
internal static class CtlConfiguration
{
    // Where the state is and which hosts there are needs no name service, no banner, no list of algorithms: a name that cannot be
    // resolved just now must not keep an operator from disabling a host.
    private static readonly LoadServices Offline = LoadServices.System with
    {
        Resolve = _ => [IPAddress.Any],
        LocalAddresses = () => [],
        ReadText = _ => "",
        AlgorithmProblem = (_, _) => null,
    };

    /// <param name="file">The file.</param>
    /// <param name="isResolved">Names of sources are looked up, so that overrides match.</param>
    public static ConfigurationResult Load(string file, bool isResolved) => ConfigurationLoader.Load(file, isResolved ? LoadServices.System : Offline);
}
