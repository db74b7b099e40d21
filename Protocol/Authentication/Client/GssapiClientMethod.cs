using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>The client's part of one GSS-API exchange.</summary>
public interface IGssapiInitiator
{
    /// <summary>The mechanism's object identifier, DER encoded (with tag and length).</summary>
    ReadOnlyMemory<byte> Mechanism { get; }

    /// <summary>Who is being shown to the server, for the log; known once the context is complete.</summary>
    string Principal { get; }

    /// <summary>The first step (no token), or the next one with the server's token.</summary>
    ValueTask<GssapiStep> StepAsync(ReadOnlyMemory<byte> token, CancellationToken cancellationToken);

    /// <summary>A MIC, once the context is established; empty when it cannot be made.</summary>
    ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}

/// <summary>
/// Method gssapi-with-mic (RFC 4462 §3), tried once. The first token is made before anything is asked for: where no ticket for the server can be had,
/// the server sees no attempt.
/// </summary>
/// <param name="initiator">Owned by the caller.</param>
public sealed class GssapiClientMethod(IGssapiInitiator initiator) : ClientAuthenticationMethod
{
    private SshTransport? _transport;
    private string _user = "";
    private GssapiStep? _first;
    private bool _isComplete;
    private int _tokens;

    public override string Name => GssapiMessages.MethodName;

    /// <summary>What the latest failure was, here or at the server; for the log, to be escaped.</summary>
    public GssapiError? Error { get; private set; }

    public override async ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        if (_transport is not null) return null;
        (_transport, _user) = (transport, user);
        _first = await initiator.StepAsync(default, cancellationToken).ConfigureAwait(false);
        Error = _first.Error;
        return Error is null ? BuildRequest() : null;
    }

    public override async ValueTask<byte[]?> AnswerAsync(byte[] message, CancellationToken cancellationToken)
    {
        switch ((MessageId)message[0])
        {
            case MessageId.UserauthGssapiResponse when _first is { } first:
                _first = null;
                return GssapiMessages.ReadString(message).AsSpan().SequenceEqual(initiator.Mechanism.Span)
                    ? await SendAsync(first, cancellationToken).ConfigureAwait(false)
                    : null;
            case MessageId.UserauthGssapiToken when _first is null && !_isComplete && ++_tokens <= GssapiMessages.MaxTokens:
                GssapiStep step = await initiator.StepAsync(GssapiMessages.ReadString(message), cancellationToken).ConfigureAwait(false);
                return await SendAsync(step, cancellationToken).ConfigureAwait(false);
            case MessageId.UserauthGssapiError:
                Error = ParseError(message);
                return [];
            case MessageId.UserauthGssapiErrtok:
                // What it means, the mechanism could say; that it failed, the server says next.
                return [];
            default:
                return await base.AnswerAsync(message, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The token of a step, and the MIC when it was the last one.</summary>
    private async ValueTask<byte[]?> SendAsync(GssapiStep step, CancellationToken cancellationToken)
    {
        if (step.Error is not null)
        {
            Error = step.Error;
            if (!step.Token.IsEmpty) _transport!.Write(GssapiMessages.OfString(MessageId.UserauthGssapiErrtok, step.Token.Span));
            return null;
        }

        byte[] token = step.Token.IsEmpty ? [] : GssapiMessages.OfString(MessageId.UserauthGssapiToken, step.Token.Span);
        _isComplete = step.IsComplete;
        if (!step.IsComplete) return token;
        LastAttempt = initiator.Principal;
        if (token.Length > 0) _transport!.Write(token);
        ReadOnlyMemory<byte> mic = await initiator.SignAsync(GssapiMessages.MicData(_transport!, _user), cancellationToken).ConfigureAwait(false);
        return mic.IsEmpty ? null : GssapiMessages.OfString(MessageId.UserauthGssapiMic, mic.Span);
    }

    private byte[] BuildRequest()
    {
        // byte SSH_MSG_USERAUTH_REQUEST, string user, string service, string "gssapi-with-mic", uint32 n, n × string mechanism OID
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(_user);
        writer.WriteString("ssh-connection");
        writer.WriteString(GssapiMessages.MethodName);
        writer.WriteUInt32(1);
        writer.WriteString(initiator.Mechanism.Span);
        return writer.ToArray();
    }

    private static GssapiError ParseError(byte[] message)
    {
        // byte SSH_MSG_USERAUTH_GSSAPI_ERROR, uint32 major status, uint32 minor status, string message, string language tag
        var reader = new SshReader(message);
        reader.ReadMessageId();
        var error = new GssapiError(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadText());
        reader.ReadString();
        reader.ExpectEnd();
        return error;
    }
}
