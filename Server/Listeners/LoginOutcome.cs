using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Listeners;

/// <summary>How a connection's login ended, as penalties see it.</summary>
internal enum LoginOutcome
{
    /// <summary>Logged in, or ended by the gateway itself.</summary>
    Innocent,

    /// <summary>Left (or talked something else than SSH) without a try to log in.</summary>
    NoAttempt,

    /// <summary>Left after failed tries.</summary>
    Failed,

    GraceExceeded,

    /// <summary>Broke the protocol in a way no client does by itself.</summary>
    Breach,
}

internal static class LoginOutcomes
{
    /// <summary>What the error that ended an unauthenticated connection says of its client.</summary>
    public static LoginOutcome Of(Exception error, int failures) => error switch
    {
        OperationCanceledException => LoginOutcome.GraceExceeded,
        SshProtocolException { Reason: DisconnectReason.ProtocolError or DisconnectReason.MacError or DisconnectReason.CompressionError } => LoginOutcome.Breach,
        SshProtocolException { Reason: DisconnectReason.NoMoreAuthMethodsAvailable } => LoginOutcome.Failed,
        SshProtocolException or SshConnectionClosedException => failures > 0 ? LoginOutcome.Failed : LoginOutcome.NoAttempt,
        _ => LoginOutcome.Innocent,
    };
}
