using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>One authentication method of a client; one instance per connection.</summary>
public abstract class ClientAuthenticationMethod
{
    public abstract string Name { get; }

    /// <summary>What the latest attempt used, for the log; never a secret.</summary>
    public string? LastAttempt { get; protected set; }

    /// <summary>The next SSH_MSG_USERAUTH_REQUEST; null when there is nothing left to try.</summary>
    public abstract ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken);

    /// <summary>Answers a message of the method's own (numbers 60–79); null gives the attempt up, and the next method is tried;
    /// an empty answer is none, and the server's next message is waited for.</summary>
    /// <exception cref="SshProtocolException">The method has no such message.</exception>
    public virtual ValueTask<byte[]?> AnswerAsync(byte[] message, CancellationToken cancellationToken) =>
        throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} during authentication");
}
