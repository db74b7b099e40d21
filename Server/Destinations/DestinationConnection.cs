using System.Net;
using SshGateway.Protocol.Authentication.Client;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Destinations;

/// <summary>A destination whose keys were exchanged and whose host key is trusted; not authenticated yet.</summary>
internal sealed record DialedDestination(HostEndpoint Host, SshTransport Transport)
{
    /// <summary>The address that the destination sees, as far as we know; null where we do not.</summary>
    public IPAddress? SeenFrom { get; init; }
}

/// <summary>A destination that is ready to relay.</summary>
/// <param name="Host">Which host it is.</param>
/// <param name="Transport">Its transport, authenticated.</param>
/// <param name="User">User name there.</param>
/// <param name="Authentication">How the gateway proved itself, and with what.</param>
/// <param name="Credential">Which entry of <c>destination.auth</c> that was; <c>none</c> where the destination wanted nothing.</param>
internal sealed record ReadyDestination(HostEndpoint Host, SshTransport Transport, string User, UserauthResult Authentication, string Credential)
{
    /// <summary>Entry and detail, for the log and <c>show sessions</c>.</summary>
    public string How => Authentication.Detail is { Length: > 0 } detail ? $"{Credential} {detail}" : Credential;
}
