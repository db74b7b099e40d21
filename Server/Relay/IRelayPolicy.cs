using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>
/// Decides what a user may do through the gateway. Immutable for the life of a connection; asked by both pumps.
/// Everything that concerns file names, commands and addresses stays bytes until a rule needs text.
/// </summary>
internal interface IRelayPolicy
{
    /// <summary>Whether the client may open this channel; null: yes.</summary>
    OpenRefusal? CheckOpen(string channelType, ReadOnlySpan<byte> typeSpecificData);

    /// <summary>Whether the client may make this request on a session channel.</summary>
    bool AllowsChannelRequest(string requestType, ReadOnlySpan<byte> typeSpecificData);

    /// <summary>Whether the client may make this global request.</summary>
    bool AllowsGlobalRequest(string requestType, ReadOnlySpan<byte> typeSpecificData);
}

/// <summary>Why a channel is not opened.</summary>
internal sealed record OpenRefusal(OpenFailureReason Reason, string Message);
