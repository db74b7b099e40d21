using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Destinations;

/// <summary>A destination whose keys were exchanged and whose host key is trusted; not authenticated yet.</summary>
internal sealed record DialedDestination(HostEndpoint Host, SshTransport Transport);

/// <summary>A destination that is ready to relay.</summary>
/// <param name="Host">Which host it is.</param>
/// <param name="Transport">Its transport, authenticated.</param>
/// <param name="User">User name there.</param>
/// <param name="Authentication">How the gateway proved itself, and with what.</param>
internal sealed record ReadyDestination(HostEndpoint Host, SshTransport Transport, string User, UserauthResult Authentication);
