using System.Security.Cryptography;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Authentication.Server;

/// <summary>Begins conversations by which users prove who they are.</summary>
public interface IInteractiveAuthority
{
    /// <param name="user">User name as given; he may not exist.</param>
    IInteractiveConversation Begin(string user);
}

/// <summary>One conversation; disposed when it has ended or was given up.</summary>
public interface IInteractiveConversation : IAsyncDisposable
{
    /// <summary>The first round, or the next one.</summary>
    /// <param name="answers">One for each prompt of the round before, UTF-8, cleared afterwards; null for the first round.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<InteractiveStep> NextAsync(IReadOnlyList<byte[]>? answers, CancellationToken cancellationToken);
}

/// <summary>What comes next.</summary>
/// <param name="Request">Not null: what to show and ask; it may be without prompts. Null: the conversation has ended.</param>
/// <param name="IsAccepted">At the end: the user is who he says.</param>
public readonly record struct InteractiveStep(PromptRequest? Request, bool IsAccepted)
{
    public static InteractiveStep Accepted => new(null, true);

    public static InteractiveStep Refused => default;

    public static InteractiveStep Ask(PromptRequest request) => new(request, false);
}

/// <summary>Method keyboard-interactive (RFC 4256). Rounds and sizes are bounded.</summary>
public sealed class KeyboardInteractiveServerMethod(IInteractiveAuthority authority) : ServerAuthenticationMethod
{
    public const int MaxRounds = 32;
    public const int MaxPrompts = 100;
    public const int MaxAnswerLength = 1024;
    internal const string MethodName = "keyboard-interactive";

    public override string Name => MethodName;

    public override async ValueTask<MethodOutcome> HandleAsync(UserauthRequest request, SshTransport transport, CancellationToken cancellationToken)
    {
        ExpectFields(request);
        IInteractiveConversation conversation = authority.Begin(request.User);
        await using (conversation.ConfigureAwait(false))
        {
            InteractiveStep step = await conversation.NextAsync(null, cancellationToken).ConfigureAwait(false);
            for (int round = 0; step.Request is { } asked; round++)
            {
                if (round == MaxRounds || asked.Prompts.Count > MaxPrompts) return MethodOutcome.Failure;
                WriteRequest(transport, asked);
                byte[] message = await transport.ReadMessageAsync(cancellationToken).ConfigureAwait(false);
                // The client may turn to something else at any time (RFC 4256 §3.1).
                if ((MessageId)message[0] == MessageId.UserauthRequest) return MethodOutcome.Abandoned(message);
                step = await AnswerAsync(conversation, message, asked.Prompts.Count, cancellationToken).ConfigureAwait(false);
            }

            return step.IsAccepted ? MethodOutcome.Success(new AuthenticatedUser(request.User, MethodName, null)) : MethodOutcome.Failure;
        }
    }

    private static async ValueTask<InteractiveStep> AnswerAsync(IInteractiveConversation conversation, byte[] message, int expected, CancellationToken cancellationToken)
    {
        byte[][] answers = [];
        try
        {
            answers = ParseResponse(message);
            // RFC 4256 §3.4: another number of answers than prompts is a failure.
            if (answers.Length != expected || answers.Any(answer => answer.Length > MaxAnswerLength || answer.AsSpan().Contains((byte)0)))
                return InteractiveStep.Refused;
            return await conversation.NextAsync(answers, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
            foreach (byte[] answer in answers) CryptographicOperations.ZeroMemory(answer);
        }
    }

    private static void ExpectFields(UserauthRequest request)
    {
        // string language tag, string submethods (hints, not followed)
        var reader = new SshReader(request.Fields);
        reader.ReadString();
        reader.ReadString();
        reader.ExpectEnd();
    }

    private static byte[][] ParseResponse(byte[] message)
    {
        // byte SSH_MSG_USERAUTH_INFO_RESPONSE, int num-responses, then so often: string response
        var reader = new SshReader(message);
        if (reader.ReadMessageId() != MessageId.UserauthInfoResponse)
            throw new SshProtocolException(DisconnectReason.ProtocolError, $"unexpected message {message[0]} during keyboard-interactive authentication");
        uint count = reader.ReadUInt32();
        if (count > MaxPrompts) throw new SshProtocolException(DisconnectReason.ProtocolError, "too many answers");
        byte[][] answers = new byte[count][];
        for (int i = 0; i < answers.Length; i++) answers[i] = reader.ReadString().ToArray();
        reader.ExpectEnd();
        return answers;
    }

    private static void WriteRequest(SshTransport transport, PromptRequest request)
    {
        // byte SSH_MSG_USERAUTH_INFO_REQUEST, string name, string instruction, string language tag, int num-prompts,
        // then so often: string prompt, boolean echo
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteMessageId(MessageId.UserauthInfoRequest);
        writer.WriteString(request.Name);
        writer.WriteString(request.Instruction);
        writer.WriteString("");
        writer.WriteUInt32((uint)request.Prompts.Count);
        foreach (Prompt prompt in request.Prompts)
        {
            writer.WriteString(prompt.Text);
            writer.WriteBoolean(prompt.Echo);
        }

        transport.Write(writer.Written);
    }
}
