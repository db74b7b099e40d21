using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;

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
}

/// <summary>What became of a request: a failure to report, an answer that was sent already, or an authenticated user.</summary>
public readonly record struct MethodOutcome(AuthenticatedUser? User, bool IsAnswered)
{
    public static MethodOutcome Failure => default;

    public static MethodOutcome Answered => new(null, true);

    public static MethodOutcome Success(AuthenticatedUser user) => new(user, false);
}

/// <summary>A user who proved who he is.</summary>
/// <param name="Name">User name.</param>
/// <param name="Method">Method that succeeded.</param>
/// <param name="Key">The verified key; null where none was used.</param>
public sealed record AuthenticatedUser(string Name, string Method, PublicKey? Key);
