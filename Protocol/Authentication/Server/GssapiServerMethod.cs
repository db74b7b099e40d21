using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Accepts the tokens of users by one GSS-API mechanism.</summary>
public interface IGssapiAuthority
{
    /// <summary>The mechanism's object identifier, DER encoded (with tag and length).</summary>
    ReadOnlyMemory<byte> Mechanism { get; }

    /// <param name="user">User name as given; he may not exist, which must not show before <see cref="IGssapiAcceptor.IsAcceptedAsync"/>.</param>
    IGssapiAcceptor Begin(string user);
}

/// <summary>One exchange; disposed when it has ended or was given up.</summary>
public interface IGssapiAcceptor : IAsyncDisposable
{
    /// <summary>Takes the client's token.</summary>
    ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken);

    /// <summary>After the context is established: whether the MIC is right, and whoever made it may log in as the user.</summary>
    ValueTask<bool> IsAcceptedAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> mic, CancellationToken cancellationToken);
}

/// <summary>
/// Method gssapi-with-mic (RFC 4462 §3). Contexts without integrity are not accepted: what a client then sends in place of a MIC proves nothing
/// about this connection.
/// </summary>
public sealed class GssapiServerMethod(IGssapiAuthority authority) : ServerAuthenticationMethod
{
    private const int MaxMechanisms = 64;

    public override string Name => GssapiMessages.MethodName;

    public override async ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        if (!OffersMechanism(request)) return MethodOutcome.Failure;
        transport.Write(GssapiMessages.OfString(MessageId.UserauthGssapiResponse, authority.Mechanism.Span));
        IGssapiAcceptor acceptor = authority.Begin(request.User);
        await using (acceptor.ConfigureAwait(false)) return await ExchangeAsync(acceptor, request, transport, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<MethodOutcome> ExchangeAsync(
        IGssapiAcceptor acceptor, UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        bool isComplete = false;
        for (int left = GssapiMessages.MaxTokens; left > 0; left--)
        {
            byte[] message = await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
            switch ((MessageId)message[0])
            {
                case MessageId.UserauthRequest:
                    return MethodOutcome.Abandoned(message);
                case MessageId.UserauthGssapiToken when !isComplete:
                    GssapiStep step = await acceptor.StepAsync(GssapiMessages.ReadString(message), cancellationToken).ConfigureAwait(false);
                    if (step.Error is { } error)
                    {
                        WriteError(transport, step.Token.Span, error);
                        return MethodOutcome.Failure;
                    }

                    if (!step.Token.IsEmpty) transport.Write(GssapiMessages.OfString(MessageId.UserauthGssapiToken, step.Token.Span));
                    isComplete = step.IsComplete;
                    break;
                case MessageId.UserauthGssapiMic when isComplete:
                    byte[] mic = GssapiMessages.ReadString(message);
                    bool isAccepted = await acceptor.IsAcceptedAsync(GssapiMessages.MicData(transport, request.User), mic, cancellationToken).ConfigureAwait(false);
                    return isAccepted ? MethodOutcome.Success(new AuthenticatedUser(request.User, GssapiMessages.MethodName, null)) : MethodOutcome.Failure;
                case MessageId.UserauthGssapiExchangeComplete when isComplete:
                    return MethodOutcome.Failure;
                case MessageId.UserauthGssapiErrtok:
                    // It has no answer: the client goes on with another request (RFC 4462 §3.9).
                    break;
                default:
                    throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} during {GssapiMessages.MethodName}");
            }
        }

        return MethodOutcome.Failure;
    }

    private bool OffersMechanism(UserauthRequest request)
    {
        // uint32 n, n × string mechanism OID
        var reader = new SshReader(request.Fields);
        uint count = reader.ReadUInt32();
        if (count > MaxMechanisms) throw new SshProtocolException(DisconnectReason.ProtocolError, "too many mechanisms");
        bool isOffered = false;
        for (; count > 0; count--) isOffered |= reader.ReadString().SequenceEqual(authority.Mechanism.Span);
        reader.ExpectEnd();
        return isOffered;
    }

    private static void WriteError(SshTransport transport, ReadOnlySpan<byte> token, GssapiError error)
    {
        if (!token.IsEmpty) transport.Write(GssapiMessages.OfString(MessageId.UserauthGssapiErrtok, token));
        // byte SSH_MSG_USERAUTH_GSSAPI_ERROR, uint32 major status, uint32 minor status, string message, string language tag
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.UserauthGssapiError);
        writer.WriteUInt32(error.Major);
        writer.WriteUInt32(error.Minor);
        writer.WriteString(error.Message);
        writer.WriteString("");
        transport.Write(writer.Written);
    }
}
