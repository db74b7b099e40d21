using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.State;

/// <summary>How a gateway is called in the shared state: the same after a restart, another one for each gateway of a machine.</summary>
internal static class GatewayName
{
    public static string Of(GatewayConfiguration configuration) =>
        configuration.Listen.Count == 0 ? Dns.GetHostName() : $"{Dns.GetHostName()}/{configuration.Listen[0]}";
}
