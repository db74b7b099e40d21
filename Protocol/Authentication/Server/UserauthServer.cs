using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>The authentication service of a server (RFC 4252): requests are answered one at a time, nothing is deferred.</summary>
public sealed class UserauthServer(SshTransport transport, IReadOnlyList<ServerAuthenticationMethod> methods, UserauthServerOptions options)
{
    internal const string ConnectionService = "ssh-connection";
    private const string AuthenticationService = "ssh-userauth";
    private const int MaxUserLength = 1024;

    private readonly FactorSequence _factors = new(options.Combinations ?? [.. methods.Select(method => (IReadOnlyList<string>)[method.Name])]);
    private AuthenticatedUser? _partial;
    private string? _user;
    private int _requests;
    private int _failures;

    /// <summary>Name the client gave, null before its first request. Not verified by anything until <see cref="RunAsync"/> returned.</summary>
    public string? User => _user;

    /// <summary>Failed attempts so far; the first "none" does not count.</summary>
    public int Failures => _failures;

    /// <summary>
    /// Runs until a user is authenticated. SSH_MSG_USERAUTH_SUCCESS is not sent yet: <see cref="Accept"/> does that, when
    /// whatever must be ready first is ready.
    /// </summary>
    /// <exception cref="SshProtocolException">Too many attempts, or a breach of the protocol.</exception>
    public async Task<AuthenticatedUser> RunAsync(CancellationToken cancellationToken)
    {
        await AcceptServiceAsync(cancellationToken).ConfigureAwait(false);
        if (options.Banner.Length > 0) ShowBanner(options.Banner);
        byte[]? next = null;
        while (true)
        {
            byte[] message = next ?? await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
            MethodOutcome outcome = await HandleMessageAsync(message, cancellationToken).ConfigureAwait(false);
            next = outcome.NextRequest;
            if (outcome.User is { } user && await PassAsync(user, cancellationToken).ConfigureAwait(false) is { } complete) return complete;
        }
    }

    /// <summary>Judges one request and answers it, but for success.</summary>
    private async ValueTask<MethodOutcome> HandleMessageAsync(byte[] message, CancellationToken cancellationToken)
    {
        if ((MessageId)message[0] is not (MessageId.UserauthRequest or MessageId.ServiceRequest))
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} during authentication");
        if (++_requests > options.MaxRequests)
            throw new SshProtocolException(DisconnectReason.ProtocolError, "too many authentication requests");
        if ((MessageId)message[0] == MessageId.ServiceRequest)
        {
            // paramiko asks for the service anew with each attempt.
            AcceptService(message);
            return MethodOutcome.Answered;
        }

        UserauthRequest request = ParseRequest(message);
        try
        {
            MethodOutcome outcome = await HandleAsync(request, cancellationToken).ConfigureAwait(false);
            if (outcome.User is not null || outcome.IsAnswered) return outcome;
            if (request.Method != "none" && NoteFailure(request.Method) >= options.MaxTries)
                throw new SshProtocolException(DisconnectReason.NoMoreAuthMethodsAvailable, "Too many authentication failures");
            WriteFailure(isPartial: false);
            return outcome;
        }
        finally
        {
            // It may have held a password.
            CryptographicOperations.ZeroMemory(message);
        }
    }

    private int NoteFailure(string method)
    {
        options.Judged?.Invoke(methods.FirstOrDefault(offered => offered.Handles(method))?.Name ?? "other", AttemptResult.Refused);
        return ++_failures;
    }

    /// <summary>One factor was shown; the user when no other is wanted. The key stays that of the factor that had one.</summary>
    private async ValueTask<AuthenticatedUser?> PassAsync(AuthenticatedUser user, CancellationToken cancellationToken)
    {
        _factors.Pass(user.Method);
        _partial = _partial is null ? user : new AuthenticatedUser(user.Name, $"{_partial.Method}+{user.Method}", _partial.Key ?? user.Key);
        bool isComplete = _factors.IsComplete || (options.IsEnough is not null && await options.IsEnough(_partial, cancellationToken).ConfigureAwait(false));
        options.Judged?.Invoke(user.Method, isComplete ? AttemptResult.Accepted : AttemptResult.Partial);
        if (isComplete) return _partial;
        WriteFailure(isPartial: true);
        return null;
    }

    /// <summary>Writes SSH_MSG_USERAUTH_SUCCESS and lifts the limits of unauthenticated peers. The caller flushes.</summary>
    public void Accept()
    {
        transport.Write([(byte)MessageId.UserauthSuccess]);
        transport.SetAuthenticated();
    }

    /// <summary>Shows a text to the user; any time before <see cref="Accept"/>.</summary>
    public void ShowBanner(string text)
    {
        // byte SSH_MSG_USERAUTH_BANNER, string message, string language tag
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.UserauthBanner);
        writer.WriteString(text);
        writer.WriteString("");
        transport.Write(writer.Written);
    }

    private async Task AcceptServiceAsync(CancellationToken cancellationToken)
    {
        // byte SSH_MSG_SERVICE_REQUEST, string service name (RFC 4253 §10)
        byte[] message = await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
        if ((MessageId)message[0] != MessageId.ServiceRequest)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} before a service was requested");
        AcceptService(message);
    }

    private void AcceptService(byte[] message)
    {
        if (ReadServiceName(message) != AuthenticationService)
            throw new SshProtocolException(DisconnectReason.ServiceNotAvailable, "only ssh-userauth can be requested");
        using var writer = new SshWriter(stackalloc byte[32]);
        writer.WriteMessageId(MessageId.ServiceAccept);
        writer.WriteString(AuthenticationService);
        transport.Write(writer.Written);
    }

    private static string ReadServiceName(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        string service = reader.ReadAscii();
        reader.ExpectEnd();
        return service;
    }

    private UserauthRequest ParseRequest(byte[] message)
    {
        // byte SSH_MSG_USERAUTH_REQUEST, string user name, string service name, string method name, method's fields (RFC 4252 §5)
        var reader = new SshReader(message);
        reader.ReadMessageId();
        string user = reader.ReadText(MaxUserLength);
        string service = reader.ReadAscii();
        string method = reader.ReadAscii();
        if (service != ConnectionService) throw new SshProtocolException(DisconnectReason.ServiceNotAvailable, "unknown service");
        _user ??= user;
        if (_user != user) throw new SshProtocolException(DisconnectReason.ProtocolError, "the user name changed between requests");
        return new UserauthRequest(user, method, message, message.Length - reader.Remaining);
    }

    private ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> wanted = _factors.Next;
        foreach (ServerAuthenticationMethod method in methods)
        {
            if (method.Handles(request.Method) && wanted.Contains(method.Name, StringComparer.Ordinal)) return method.HandleAsync(request, transport, cancellationToken);
        }

        return ValueTask.FromResult(MethodOutcome.Failure);
    }

    private void WriteFailure(bool isPartial)
    {
        // byte SSH_MSG_USERAUTH_FAILURE, name-list methods that can continue, boolean partial success
        using var writer = new SshWriter(stackalloc byte[128]);
        writer.WriteMessageId(MessageId.UserauthFailure);
        writer.WriteNameList(_factors.Next);
        writer.WriteBoolean(isPartial);
        transport.Write(writer.Written);
    }
}

/// <summary>What became of an attempt.</summary>
public enum AttemptResult
{
    Refused,

    /// <summary>Accepted, and another method is asked for.</summary>
    Partial,

    /// <summary>Accepted, and nothing else is wanted.</summary>
    Accepted,
}

/// <summary>Limits and texts of <see cref="UserauthServer"/>.</summary>
public sealed record UserauthServerOptions
{
    /// <summary>Failed attempts that end the connection.</summary>
    public int MaxTries { get; init; } = 6;

    /// <summary>Requests of any kind, failed or not.</summary>
    public int MaxRequests { get; init; } = 128;

    /// <summary>Text shown before authentication; empty: none.</summary>
    public string Banner { get; init; } = "";

    /// <summary>Alternatives, each a list of method names that are all asked for, in that order; null: any one method is enough.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Combinations { get; init; }

    /// <summary>Asked when a factor was shown and others are still wanted: true lets the user in all the same.</summary>
    public Func<AuthenticatedUser, CancellationToken, ValueTask<bool>>? IsEnough { get; init; }

    /// <summary>Told of every attempt (the name of one of the methods, or "other" for what none of them handles) but queries of keys that would do, and "none".</summary>
    public Action<string, AttemptResult>? Judged { get; init; }
}
