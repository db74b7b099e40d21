using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>One authentication method of a server; one instance per connection.</summary>
public abstract class ServerAuthenticationMethod
{
    /// <summary>Name in the list of methods that can continue.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a request of that method name is for this method.</summary>
    public virtual bool Handles(string method) => method == Name;

    /// <summary>Judges one request. A method with several messages exchanges them before it returns.</summary>
    public abstract ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken);
}

/// <summary>SSH_MSG_USERAUTH_REQUEST for one method.</summary>
/// <param name="User">User name as given.</param>
/// <param name="Method">Method name.</param>
/// <param name="Message">The whole message.</param>
/// <param name="FieldsAt">Where the method's own fields begin.</param>
public sealed record UserauthRequest(string User, string Method, byte[] Message, int FieldsAt)
{
    public ReadOnlySpan<byte> Fields => Message.AsSpan(FieldsAt);

    /// <summary>What a signature in the request covers: string session identifier, then the request as sent up to it (RFC 4252 §7, §9).</summary>
    internal byte[] SignedData(SshTransport transport, int signedLength)
    {
        using var writer = new SshWriter(stackalloc byte[1024]);
        writer.WriteString(transport.SessionId.Span);
        writer.WriteBytes(Message.AsSpan(0, signedLength));
        return writer.ToArray();
    }
}

/// <summary>What became of a request: a failure to report, an answer that was sent already, an authenticated user.</summary>
/// <param name="User">Who proved who he is.</param>
/// <param name="IsAnswered">The method has sent its answer itself.</param>
/// <param name="NextRequest">SSH_MSG_USERAUTH_REQUEST that the client sent in place of an answer: the request it abandons gets none.</param>
public readonly record struct MethodOutcome(AuthenticatedUser? User, bool IsAnswered, byte[]? NextRequest = null)
{
    public static MethodOutcome Failure => default;

    public static MethodOutcome Answered => new(null, true);

    public static MethodOutcome Success(AuthenticatedUser user) => new(user, false);

    public static MethodOutcome Abandoned(byte[] nextRequest) => new(null, true, nextRequest);
}

/// <summary>A user who proved who he is.</summary>
/// <param name="Name">User name.</param>
/// <param name="Method">Method that succeeded; several, joined by +, where several were asked for.</param>
/// <param name="Key">The verified key; null where none was used.</param>
public sealed record AuthenticatedUser(string Name, string Method, PublicKey? Key);
