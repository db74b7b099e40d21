using SshGateway.Protocol.Authentication;
using SshGateway.Protocol.Authentication.Server;
using SshGateway.Protocol.Transport;
using SshGateway.Server.Privileged;

namespace SshGateway.Server.Authentication;

/// <summary>One keyboard-interactive conversation of <see cref="PamLogin"/>: the prompts are those of the modules.</summary>
internal sealed class PamDialogue(PamLogin pam, string user) : IInteractiveConversation
{
    private const string Method = "keyboard-interactive/pam";

    private IPamConversation? _conversation;
    private TypedPassword? _firstHidden;
    private PamStep? _end;
    private int _hiddenAt = -1;
    private bool _isKept;

    public async ValueTask<InteractiveStep> NextAsync(IReadOnlyList<byte[]>? answers, CancellationToken cancellationToken)
    {
        // The last texts were shown, and acknowledged.
        if (_end is not null) return await FinishAsync(_end, cancellationToken).ConfigureAwait(false);
        _conversation ??= await pam.BeginAsync(user, mayChangePassword: true, cancellationToken).ConfigureAwait(false);
        if (_conversation is null) return InteractiveStep.Refused;
        if (answers is not null && _firstHidden is null && _hiddenAt >= 0 && answers[_hiddenAt].Length > 0) _firstHidden = new TypedPassword(answers[_hiddenAt]);
        PamStep step = await pam.ContinueAsync(_conversation, user, Method, Typed(answers), cancellationToken).ConfigureAwait(false);
        if (step.Result is null) return Ask(step.Messages);
        if (step.Result.Outcome != PamOutcome.Success || PamLogin.Texts(step.Messages).Length == 0) return await FinishAsync(step, cancellationToken).ConfigureAwait(false);
        _end = step;
        return InteractiveStep.Ask(new PromptRequest("", PamLogin.Texts(step.Messages), []));
    }

    public async ValueTask DisposeAsync()
    {
        _firstHidden?.Dispose();
        if (_conversation is not null && !_isKept) await _conversation.DisposeAsync().ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte>[] Typed(IReadOnlyList<byte[]>? answers)
    {
        var typed = new ReadOnlyMemory<byte>[answers?.Count ?? 0];
        for (int i = 0; i < typed.Length; i++) typed[i] = answers![i];
        return typed;
    }

    private InteractiveStep Ask(IReadOnlyList<PamMessage> messages)
    {
        Prompt[] prompts = [.. messages.Where(message => message.Kind == PamMessageKind.Prompt).Select(message => new Prompt(PeerText.Escape(message.Text), message.Echo))];
        _hiddenAt = Array.FindIndex(prompts, prompt => !prompt.Echo);
        return InteractiveStep.Ask(new PromptRequest("", PamLogin.Texts(messages), prompts));
    }

    private async ValueTask<InteractiveStep> FinishAsync(PamStep step, CancellationToken cancellationToken)
    {
        if (step.Result!.Outcome == PamOutcome.Success)
        {
            byte[] typed = _firstHidden?.Copy() ?? [];
            try
            {
                _isKept = await pam.AcceptAsync(_conversation!, typed, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(typed);
            }

            return InteractiveStep.Accepted;
        }

        if (step.Result.Outcome is PamOutcome.AccountExpired or PamOutcome.AccountLocked or PamOutcome.PasswordExpired) pam.ShowRefusal(user, step);
        return InteractiveStep.Refused;
    }
}
