namespace SshGateway.Server.Destinations;

/// <summary>What went wrong with a destination.</summary>
internal enum FailureKind
{
    /// <summary>No TCP connection, or it was lost before authentication.</summary>
    Unreachable,

    /// <summary>It does not speak SSH as it should, or no algorithm is common.</summary>
    Handshake,

    /// <summary>Its host key is not the known one.</summary>
    HostKey,

    /// <summary>It accepts none of the gateway's credentials.</summary>
    Authentication,

    /// <summary>The gateway itself cannot: no descriptors left, known hosts that cannot be read. Says nothing of the host.</summary>
    Local,
}

/// <summary>Why a destination could not be used. The message is for the user and the log; it holds no secret and no control character.</summary>
internal sealed class DestinationException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;
}
