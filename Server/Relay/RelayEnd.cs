using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Relay;

/// <summary>How a relayed connection ended.</summary>
/// <param name="Side">The side that ended it.</param>
/// <param name="Reason">Its reason, as far as it gave one.</param>
/// <param name="Message">Text for the log.</param>
/// <param name="TellOrigin">The side broke the protocol and is still there: it is told, too.</param>
/// <param name="Error">Unexpected error of our own, for the log.</param>
internal sealed record RelayEnd(Side Side, DisconnectReason Reason, string Message, bool TellOrigin, Exception? Error)
{
    /// <summary>True when the side simply closed, or said goodbye.</summary>
    public bool IsOrderly => Error is null && !TellOrigin && Reason is DisconnectReason.None or DisconnectReason.ByApplication;

    public DisconnectReason ReasonForClient =>
        Side == Side.Client && TellOrigin ? Reason : Reason is DisconnectReason.None ? DisconnectReason.ByApplication : TextReason;

    public DisconnectReason ReasonForDestination => Side == Side.Destination && TellOrigin ? Reason : DisconnectReason.ByApplication;

    public string MessageForClient =>
        Side == Side.Client ? Message : TellOrigin ? "the destination broke the SSH protocol" : Message;

    public string MessageForDestination =>
        Side == Side.Destination ? Message : TellOrigin ? "the client broke the SSH protocol" : "disconnected by user";

    private DisconnectReason TextReason => Side == Side.Client ? DisconnectReason.ByApplication : Reason == DisconnectReason.ConnectionLost ? Reason : DisconnectReason.ByApplication;

    public static RelayEnd From(Side side, Exception? error) => error switch
    {
        null => new RelayEnd(side, DisconnectReason.None, $"the {Name(side)} closed the connection", false, null),
        SshConnectionClosedException closed => new RelayEnd(side, closed.Reason, closed.Message, false, null),
        SshProtocolException protocol => new RelayEnd(side, protocol.Reason, protocol.Message, true, null),
        _ => new RelayEnd(side, DisconnectReason.ByApplication, "internal error", true, error),
    };

    private static string Name(Side side) => side == Side.Client ? "client" : "destination";
}
