namespace SshGateway.Protocol.Wire;

/// <summary>Ends the connection: the peer is sent SSH_MSG_DISCONNECT with <see cref="Reason"/> and the message.</summary>
/// <remarks>The message is shown to the peer, so it must be short and hold no secret. Details belong in the inner exception.</remarks>
public sealed class SshProtocolException : Exception
{
    public SshProtocolException(DisconnectReason reason, string message)
        : base(message) => Reason = reason;

    public SshProtocolException(DisconnectReason reason, string message, Exception? inner)
        : base(message, inner) => Reason = reason;

    public DisconnectReason Reason { get; }
}

/// <summary>The peer, or the network, ended the connection.</summary>
public sealed class SshConnectionClosedException : IOException
{
    public SshConnectionClosedException(string message, DisconnectReason reason = DisconnectReason.ConnectionLost, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>What the peer's SSH_MSG_DISCONNECT said, or <see cref="DisconnectReason.ConnectionLost"/>.</summary>
    public DisconnectReason Reason { get; }
}

/// <summary>Ends (or refuses) one channel; the connection goes on.</summary>
public sealed class SshChannelException : Exception
{
    public SshChannelException(OpenFailureReason reason, string message)
        : base(message) => Reason = reason;

    public OpenFailureReason Reason { get; }
}
