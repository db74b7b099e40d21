using System.Net;
using SshGateway.Server.Configuration;

namespace SshGateway.Server.Relay.Taps;

/// <summary>Decides for each connection whether it is looked at. Sources stand in <c>GatewayServices.TapSources</c>.</summary>
internal interface IRelayTapSource
{
    /// <summary>
    /// The tap for a connection that is about to be relayed; null: none. Called when the destination is ready and nothing has
    /// been relayed yet.
    /// </summary>
    /// <exception cref="TapRefusedException">The connection must not go on without the tap; the user is shown the message.</exception>
    ValueTask<IRelayTap?> OpenAsync(TapContext context);
}

/// <summary>What is known about a connection when its tap is made.</summary>
internal sealed record TapContext
{
    public required string SessionId { get; init; }

    public required string User { get; init; }

    public required RouteConfiguration Route { get; init; }

    public required PatternExpander Patterns { get; init; }

    /// <summary>The client's address.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>The gateway's listening address that the client came to.</summary>
    public required IPEndPoint Local { get; init; }

    public required HostEndpoint Destination { get; init; }

    public required DateTimeOffset StartedAt { get; init; }
}

/// <summary>No tap, no session. The message is for the user.</summary>
internal sealed class TapRefusedException(string message, Exception? inner = null) : Exception(message, inner);
