using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Privileged.Wire;

/// <summary>The fields of messages that more than one side reads or writes (docs/privilege.md lists them all).</summary>
internal static class HelperFields
{
    public const byte Version = 1;
    public const int MaxName = 256;
    public const int MaxPath = 4096;
    public const int MaxText = 4096;
    public const int MaxItems = 1024;
    public const int MaxFile = 4 * 1024 * 1024;

    /// <summary>Outcome of a step that wants answers.</summary>
    private const byte NoOutcome = 255;

    /// <summary>Writes a message's fields, and clears what it wrote them to.</summary>
    public static byte[] Build(WriteFields write)
    {
        var writer = new SshWriter([]);
        try
        {
            write(ref writer);
            return writer.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    public delegate void WriteFields(ref SshWriter writer);

    public static byte[] Authenticate(PamRequest request) => Build((ref SshWriter writer) =>
    {
        writer.WriteByte(Version);
        writer.WriteString(request.Service);
        writer.WriteString(request.User);
        writer.WriteString(request.RemoteHost);
        writer.WriteBoolean(request.MayChangePassword);
        writer.WriteBoolean(request.AccountOnly);
    });

    public static PamRequest ReadAuthenticate(SshReader reader)
    {
        CheckVersion(ref reader);
        var request = new PamRequest
        {
            Service = reader.ReadAscii(MaxName),
            User = Name(ref reader),
            RemoteHost = Name(ref reader),
            MayChangePassword = reader.ReadBoolean(),
            AccountOnly = reader.ReadBoolean(),
        };
        reader.ExpectEnd();
        return request;
    }

    /// <summary>Pinned; the caller clears it.</summary>
    public static byte[] Answers(IReadOnlyList<ReadOnlyMemory<byte>> answers)
    {
        byte[] payload = GC.AllocateArray<byte>(4 + answers.Sum(answer => 4 + answer.Length), pinned: true);
        var writer = new SshWriter(payload);
        writer.WriteUInt32((uint)answers.Count);
        foreach (ReadOnlyMemory<byte> answer in answers) writer.WriteString(answer.Span);
        return payload;
    }

    public static byte[] Step(PamStep step) => Build((ref SshWriter writer) =>
    {
        writer.WriteUInt32((uint)step.Messages.Count);
        foreach (PamMessage message in step.Messages)
        {
            writer.WriteByte((byte)message.Kind);
            writer.WriteBoolean(message.Echo);
            writer.WriteString(message.Text);
        }

        writer.WriteByte(step.Result is { } result ? (byte)result.Outcome : NoOutcome);
        writer.WriteString(step.Result?.Reason ?? "");
    });

    public static PamStep ReadStep(SshReader reader)
    {
        var messages = new PamMessage[Count(ref reader)];
        for (int i = 0; i < messages.Length; i++)
        {
            var kind = (PamMessageKind)reader.ReadByte();
            bool echo = reader.ReadBoolean();
            messages[i] = new PamMessage(kind <= PamMessageKind.Prompt ? kind : PamMessageKind.Info, reader.ReadText(), echo);
        }

        byte outcome = reader.ReadByte();
        string reason = reader.ReadText();
        reader.ExpectEnd();
        return new PamStep(messages, outcome == NoOutcome ? null : new PamResult(Outcome(outcome), reason));
    }

    public static byte[] Result(PamResult result) => Build((ref SshWriter writer) =>
    {
        writer.WriteByte((byte)result.Outcome);
        writer.WriteString(result.Reason);
    });

    public static PamResult ReadResult(SshReader reader)
    {
        var result = new PamResult(Outcome(reader.ReadByte()), reader.ReadText());
        reader.ExpectEnd();
        return result;
    }

    public static byte[] Run(UserCommand command) => Build((ref SshWriter writer) =>
    {
        writer.WriteByte(Version);
        writer.WriteString(command.User);
        writer.WriteUInt32((uint)command.Arguments.Count);
        foreach (string argument in command.Arguments) writer.WriteString(argument);
        writer.WriteUInt32((uint)command.Environment.Count);
        foreach ((string name, string value) in command.Environment)
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }

        writer.WriteUInt32((uint)(command.Limit?.TotalMilliseconds ?? 0));
    });

    public static UserCommand ReadRun(SshReader reader)
    {
        CheckVersion(ref reader);
        string user = Name(ref reader);
        string[] arguments = new string[Count(ref reader)];
        for (int i = 0; i < arguments.Length; i++) arguments[i] = Text(ref reader, FrameChannel.MaxRequest);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int left = Count(ref reader); left > 0; left--) environment[Text(ref reader, MaxName)] = Text(ref reader, FrameChannel.MaxRequest);
        uint limit = reader.ReadUInt32();
        reader.ExpectEnd();
        if (arguments.Length == 0) throw new FrameException("a command without a program");
        return new UserCommand { User = user, Arguments = arguments, Environment = environment, Limit = limit == 0 ? null : TimeSpan.FromMilliseconds(limit) };
    }

    public static void CheckVersion(ref SshReader reader)
    {
        byte version = reader.ReadByte();
        if (version != Version) throw new FrameException($"protocol version {version}, {Version} is spoken here");
    }

    /// <summary>The number of items that follow. Each takes at least a byte, so a false number cannot make anything large.</summary>
    public static int Count(ref SshReader reader)
    {
        uint count = reader.ReadUInt32();
        return count <= MaxItems && count <= (uint)reader.Remaining ? (int)count : throw new FrameException($"a list of {count} items");
    }

    public static string Name(ref SshReader reader) => Text(ref reader, MaxName);

    /// <summary>Text for the C library: without a NUL.</summary>
    public static string Text(ref SshReader reader, int maxLength)
    {
        string text = reader.ReadText(maxLength);
        return text.Contains('\0', StringComparison.Ordinal) ? throw new FrameException("a text holds a NUL") : text;
    }

    private static PamOutcome Outcome(byte value) => value <= (byte)PamOutcome.Error ? (PamOutcome)value : PamOutcome.Error;
}
