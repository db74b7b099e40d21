using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>The client side of the authentication service (RFC 4252).</summary>
public sealed class UserauthClient(SshTransport transport)
{
    private const int MaxBannerBytes = 64 * 1024;
    private const int MaxBanners = 64;

    /// <summary>A server that prompts without end is left.</summary>
    private const int MaxAnswers = 32;

    private int _bannerBytes;
    private int _banners;

    /// <summary>Text of SSH_MSG_USERAUTH_BANNER, as sent; to be escaped before it is shown. At most 64 KiB in all.</summary>
    public Action<byte[]>? BannerReceived { get; set; }

    /// <summary>Tries the methods in their order, as far as the server lets them continue.</summary>
    /// <exception cref="SshProtocolException">The server broke the protocol.</exception>
    public async Task<UserauthResult> AuthenticateAsync(string user, IReadOnlyList<ClientAuthenticationMethod> methods, CancellationToken cancellationToken)
    {
        await RequestServiceAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string>? canContinue = null;
        // What can be tried once must not be spent where the server does not want it (yet); keys can be offered in any case.
        if (methods.Count > 0 && methods[0].Name != "publickey")
        {
            if (await AskForMethodsAsync(user, methods[0], cancellationToken).ConfigureAwait(false) is not { } listed) return new UserauthResult("none", null, []);
            canContinue = listed;
        }

        for (int i = 0; i < methods.Count; i++)
        {
            ClientAuthenticationMethod method = methods[i];
            if (canContinue is not null && !canContinue.Contains(method.Name, StringComparer.Ordinal)) continue;
            while (await method.NextRequestAsync(transport, user, cancellationToken).ConfigureAwait(false) is { } request)
            {
                WriteAndClear(request);
                byte[]? reply = await ReadReplyAsync(method, cancellationToken).ConfigureAwait(false);
                // RFC 4252 §5.1: the next request abandons the one that was given up.
                if (reply is null) break;
                if ((MessageId)reply[0] == MessageId.UserauthSuccess)
                {
                    transport.SetAuthenticated();
                    return new UserauthResult(method.Name, method.LastAttempt, canContinue ?? []) { Used = method };
                }

                (canContinue, bool isPartial) = ParseFailure(reply);
                if (isPartial)
                {
                    // One factor of several: methods that were passed over may be wanted now. Each goes on where it stopped.
                    i = -1;
                    break;
                }

                if (!canContinue.Contains(method.Name, StringComparer.Ordinal)) break;
            }
        }

        return new UserauthResult(null, null, canContinue ?? []);
    }

    /// <summary>Method none (RFC 4252 §5.2): the methods that can continue, or null when the server lets anybody in.</summary>
    private async Task<string[]?> AskForMethodsAsync(string user, ClientAuthenticationMethod first, CancellationToken cancellationToken)
    {
        WriteNone(user);
        byte[] reply = await ReadReplyAsync(first, cancellationToken).ConfigureAwait(false)
            ?? throw new SshProtocolException(DisconnectReason.ProtocolError, "an answer to a question that was not asked");
        if ((MessageId)reply[0] != MessageId.UserauthSuccess) return ParseFailure(reply).CanContinue;
        transport.SetAuthenticated();
        return null;
    }

    private void WriteNone(string user)
    {
        using var writer = new SshWriter(stackalloc byte[128]);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        writer.WriteString("none");
        transport.Write(writer.Written);
    }

    private async Task RequestServiceAsync(CancellationToken cancellationToken)
    {
        WriteServiceRequest();
        byte[] reply = await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
        if ((MessageId)reply[0] != MessageId.ServiceAccept)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {reply[0]} before the service was accepted");
    }

    private void WriteServiceRequest()
    {
        using var writer = new SshWriter(stackalloc byte[32]);
        writer.WriteMessageId(MessageId.ServiceRequest);
        writer.WriteString("ssh-userauth");
        transport.Write(writer.Written);
    }

    private async ValueTask<byte[]?> ReadReplyAsync(ClientAuthenticationMethod method, CancellationToken cancellationToken)
    {
        for (int answers = 0; ;)
        {
            byte[] message = await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
            switch ((MessageId)message[0])
            {
                case MessageId.UserauthBanner:
                    HandleBanner(message);
                    continue;
                case MessageId.UserauthFailure:
                case MessageId.UserauthSuccess when message.Length == 1:
                    return message;
                case >= (MessageId)60 and <= (MessageId)79 when ++answers <= MaxAnswers:
                    if (await method.AnswerAsync(message, cancellationToken).ConfigureAwait(false) is not { } answer) return null;
                    if (answer.Length > 0) WriteAndClear(answer);
                    continue;
                default:
                    throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} during authentication");
            }
        }
    }

    /// <summary>A request may hold a password.</summary>
    private void WriteAndClear(byte[] message)
    {
        transport.Write(message);
        CryptographicOperations.ZeroMemory(message);
    }

    private void HandleBanner(byte[] message)
    {
        var reader = new SshReader(message);
        reader.ReadMessageId();
        byte[] text = reader.ReadString().ToArray();
        _bannerBytes += text.Length;
        if (++_banners > MaxBanners || _bannerBytes > MaxBannerBytes)
            throw new SshProtocolException(DisconnectReason.ByApplication, "the server sends too many banners");
        BannerReceived?.Invoke(text);
    }

    private static (string[] CanContinue, bool IsPartial) ParseFailure(byte[] message)
    {
        // byte SSH_MSG_USERAUTH_FAILURE, name-list methods that can continue, boolean partial success
        var reader = new SshReader(message);
        reader.ReadMessageId();
        string[] methods = NameList.Parse(reader.ReadString());
        bool isPartial = reader.ReadBoolean();
        reader.ExpectEnd();
        return (methods, isPartial);
    }
}

/// <summary>How authentication ended.</summary>
/// <param name="Method">Method that succeeded; null: none did.</param>
/// <param name="Detail">What was used, e.g. a key's fingerprint.</param>
/// <param name="CanContinue">Methods that the server listed last.</param>
public sealed record UserauthResult(string? Method, string? Detail, IReadOnlyList<string> CanContinue)
{
    /// <summary>The method that succeeded, of those that were given; null also where the server let anybody in.</summary>
    public ClientAuthenticationMethod? Used { get; init; }

    public bool IsSuccess => Method is not null;
}
