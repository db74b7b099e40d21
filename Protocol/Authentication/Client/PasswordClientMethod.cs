using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>
/// Method password (RFC 4252 §8), tried once. A server that wants the password changed is refused: the change is for the user to make.
/// </summary>
/// <param name="password">UTF-8; null when there is none. The bytes are the method's from then on, and are cleared.</param>
public sealed class PasswordClientMethod(Func<CancellationToken, ValueTask<byte[]?>> password) : ClientAuthenticationMethod
{
    public const int MaxPasswordLength = 1024;
    private const MessageId PasswdChangereq = (MessageId)60;
    private bool _tried;

    public override string Name => "password";

    /// <summary>The server wanted the password changed.</summary>
    public bool ChangeWasRequested { get; private set; }

    public override async ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        if (_tried) return null;
        _tried = true;
        if (await password(cancellationToken).ConfigureAwait(false) is not { } secret) return null;
        try
        {
            // An empty password never proves anything.
            return secret.Length is 0 or > MaxPasswordLength ? null : Build(user, secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override ValueTask<byte[]?> AnswerAsync(byte[] message, CancellationToken cancellationToken)
    {
        if ((MessageId)message[0] != PasswdChangereq) return base.AnswerAsync(message, cancellationToken);
        ChangeWasRequested = true;
        return ValueTask.FromResult<byte[]?>(null);
    }

    private static byte[] Build(string user, byte[] secret)
    {
        // byte SSH_MSG_USERAUTH_REQUEST, string user name, string service, string "password", boolean FALSE, string password
        var writer = new SshWriter(stackalloc byte[2048]);
        try
        {
            writer.WriteMessageId(MessageId.UserauthRequest);
            writer.WriteString(user);
            writer.WriteString("ssh-connection");
            writer.WriteString("password");
            writer.WriteBoolean(false);
            writer.WriteString(secret);
            return writer.ToArray();
        }
        finally
        {
            writer.Clear();
            writer.Dispose();
        }
    }
}
