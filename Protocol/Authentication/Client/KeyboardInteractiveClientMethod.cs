using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Client;

/// <summary>Method keyboard-interactive (RFC 4256), tried once; rounds, prompts and their texts are bounded.</summary>
/// <param name="answers">
/// Asked each round, also without prompts. One answer (UTF-8) for each prompt; null gives up. The bytes are the method's from then on, and
/// are cleared.
/// </param>
public sealed class KeyboardInteractiveClientMethod(Func<PromptRequest, CancellationToken, ValueTask<IReadOnlyList<byte[]>?>> answers)
    : ClientAuthenticationMethod
{
    public const int MaxPrompts = 100;
    public const int MaxRounds = 16;
    private const int MaxTextLength = 16 * 1024;
    private const MessageId InfoRequest = (MessageId)60;
    private const MessageId InfoResponse = (MessageId)61;
    private bool _tried;
    private int _rounds;

    public override string Name => "keyboard-interactive";

    public override ValueTask<byte[]?> NextRequestAsync(SshTransport transport, string user, CancellationToken cancellationToken)
    {
        if (_tried) return ValueTask.FromResult<byte[]?>(null);
        _tried = true;
        // byte SSH_MSG_USERAUTH_REQUEST, string user, string service, string method, string language tag, string submethods (RFC 4256 §3.1)
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteMessageId(MessageId.UserauthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        writer.WriteString("keyboard-interactive");
        writer.WriteString("");
        writer.WriteString("");
        return ValueTask.FromResult<byte[]?>(writer.ToArray());
    }

    public override async ValueTask<byte[]?> AnswerAsync(byte[] message, CancellationToken cancellationToken)
    {
        if ((MessageId)message[0] != InfoRequest) return await base.AnswerAsync(message, cancellationToken).ConfigureAwait(false);
        if (++_rounds > MaxRounds) throw new SshProtocolException(DisconnectReason.ByApplication, "the server asks without end");
        PromptRequest request = Parse(message);
        if (await answers(request, cancellationToken).ConfigureAwait(false) is not { } given) return null;
        try
        {
            if (given.Count != request.Prompts.Count) throw new InvalidOperationException("there must be one answer for each prompt");
            return Build(given);
        }
        finally
        {
            foreach (byte[] answer in given) CryptographicOperations.ZeroMemory(answer);
        }
    }

    private static PromptRequest Parse(byte[] message)
    {
        // byte SSH_MSG_USERAUTH_INFO_REQUEST, string name, string instruction, string language tag, int num-prompts,
        // then so often: string prompt, boolean echo (RFC 4256 §3.2)
        var reader = new SshReader(message);
        reader.ReadMessageId();
        string name = reader.ReadText(MaxTextLength), instruction = reader.ReadText(MaxTextLength);
        reader.ReadString();
        uint count = reader.ReadUInt32();
        if (count > MaxPrompts) throw new SshProtocolException(DisconnectReason.ProtocolError, "the server asks too much at once");
        var prompts = new Prompt[count];
        for (int i = 0; i < prompts.Length; i++) prompts[i] = new Prompt(reader.ReadText(MaxTextLength), reader.ReadBoolean());
        reader.ExpectEnd();
        return new PromptRequest(name, instruction, prompts);
    }

    private static byte[] Build(IReadOnlyList<byte[]> given)
    {
        var writer = new SshWriter(stackalloc byte[1024]);
        try
        {
            writer.WriteMessageId(InfoResponse);
            writer.WriteUInt32((uint)given.Count);
            for (int i = 0; i < given.Count; i++) writer.WriteString(given[i]);
            return writer.ToArray();
        }
        finally
        {
            writer.Clear();
            writer.Dispose();
        }
    }
}
