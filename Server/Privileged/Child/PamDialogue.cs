using System.Runtime.InteropServices;
using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Privileged.Wire;

namespace SshGateway.Server.Privileged.Child;

/// <summary>Carries what the modules say to the helper and the answers back to them, within bounds.</summary>
internal sealed unsafe class PamDialogue(FrameChannel channel) : IDisposable
{
    private const int MaxMessagesAtOnce = 32;
    private const int MaxRounds = 64;
    private const int MaxTextInAll = 64 * 1024;

    private readonly List<PamMessage> _pending = [];
    private GCHandle _self;
    private int _rounds;
    private int _textInAll;

    /// <summary>Why the dialogue was broken off; null as long as it was not.</summary>
    public string? Broken { get; private set; }

    /// <summary>For pam_start. Valid until this is disposed.</summary>
    public LibPam.Conversation Native()
    {
        if (!_self.IsAllocated) _self = GCHandle.Alloc(this);
        return new LibPam.Conversation { Converse = &Converse, Data = (void*)GCHandle.ToIntPtr(_self) };
    }

    /// <summary>Texts that were not shown yet.</summary>
    public IReadOnlyList<PamMessage> TakePending()
    {
        PamMessage[] messages = [.. _pending];
        _pending.Clear();
        return messages;
    }

    public void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
    }

    [UnmanagedCallersOnly]
    private static int Converse(int count, LibPam.Message** messages, LibPam.Response** responses, void* data)
    {
        // No exception may pass through the C code of the modules.
        try
        {
            *responses = null;
            return ((PamDialogue)GCHandle.FromIntPtr((nint)data).Target!).Exchange(count, messages, responses);
        }
        catch (Exception)
        {
            return LibPam.ConversationError;
        }
    }

    private int Exchange(int count, LibPam.Message** messages, LibPam.Response** responses)
    {
        if (Broken is not null) return LibPam.ConversationError;
        if (count is < 1 or > MaxMessagesAtOnce) return Break($"a module sent {count} messages at once");
        int prompts = 0;
        for (int i = 0; i < count; i++)
        {
            if (!TryAdd(messages[i], ref prompts)) return LibPam.ConversationError;
        }

        // PAM frees it. Without prompts the answers are empty.
        var answers = (LibPam.Response*)LibPam.calloc((nuint)count, (nuint)sizeof(LibPam.Response));
        if (answers is null) return LibPam.BufferError;
        if (prompts == 0 || Ask(count, prompts, messages, answers))
        {
            *responses = answers;
            return LibPam.Success;
        }

        Free(answers, count);
        return LibPam.ConversationError;
    }

    private bool TryAdd(LibPam.Message* message, ref int prompts)
    {
        // What is longer than all that is left is not even looked at to its end.
        int length = message->Text is null ? 0 : LengthUpTo(message->Text, MaxTextInAll - _textInAll + 1);
        _textInAll += length;
        if (_textInAll > MaxTextInAll || length > HelperFields.MaxText)
        {
            Break("a module sent more text than it may");
            return false;
        }

        string text = Encoding.UTF8.GetString(message->Text, length);
        PamMessageKind kind = message->Style switch
        {
            LibPam.PromptEchoOff or LibPam.PromptEchoOn => PamMessageKind.Prompt,
            LibPam.ErrorMessage => PamMessageKind.Error,
            _ => PamMessageKind.Info,
        };
        if (kind == PamMessageKind.Prompt) prompts++;
        else if (message->Style is not (LibPam.ErrorMessage or LibPam.TextInfo)) Break($"a module sent a message of style {message->Style}");
        _pending.Add(new PamMessage(kind, text, message->Style == LibPam.PromptEchoOn));
        return Broken is null;
    }

    private bool Ask(int count, int prompts, LibPam.Message** messages, LibPam.Response* answers)
    {
        if (++_rounds > MaxRounds)
        {
            Break("a module asked without end");
            return false;
        }

        channel.Write(HelperMessage.Step, HelperFields.Step(new PamStep(TakePending(), null)));
        Frame? frame = channel.Read(FrameChannel.MaxRequest);
        if (frame is not { Type: HelperMessage.Answers } received)
        {
            Break("the user left");
            return false;
        }

        using (received)
        {
            SshReader reader = received.Read();
            if (reader.ReadUInt32() != prompts) return false;
            for (int i = 0; i < count; i++)
            {
                if (messages[i]->Style is not (LibPam.PromptEchoOff or LibPam.PromptEchoOn)) continue;
                ReadOnlySpan<byte> answer = reader.ReadString(IPamConversation.MaxAnswer);
                if (answer.Contains((byte)0)) return false;
                byte* text = (byte*)LibPam.calloc((nuint)answer.Length + 1, 1);
                if (text is null) return false;
                answer.CopyTo(new Span<byte>(text, answer.Length));
                answers[i].Text = text;
            }
        }

        return true;
    }

    private int Break(string why)
    {
        Broken ??= why;
        _pending.Clear();
        return LibPam.ConversationError;
    }

    private static int LengthUpTo(byte* text, int max)
    {
        int length = 0;
        while (length < max && text[length] != 0) length++;
        return length;
    }

    private static void Free(LibPam.Response* answers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (answers[i].Text is null) continue;
            LibPam.explicit_bzero(answers[i].Text, (nuint)LengthUpTo(answers[i].Text, IPamConversation.MaxAnswer));
            LibPam.free(answers[i].Text);
        }

        LibPam.free(answers);
    }
}
