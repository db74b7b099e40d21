using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Connection.Sessions;

/// <summary>How a session's program ended (RFC 4254 §6.10): by a status, by a signal, or the peer did not say.</summary>
/// <param name="Code">Exit status; null if it ended otherwise.</param>
/// <param name="Signal">The signal that ended it; null if none did.</param>
public readonly record struct ExitStatus(uint? Code, ExitSignal? Signal = null)
{
    /// <summary>The channel was closed without a word.</summary>
    public static ExitStatus Unknown => default;

    public bool IsUnknown => Code is null && Signal is null;

    public static implicit operator ExitStatus(uint code) => new(code);

    internal const string CodeRequest = "exit-status";
    internal const string SignalRequest = "exit-signal";

    internal static ExitStatus ReadCode(ReadOnlySpan<byte> data)
    {
        // uint32 exit_status
        var reader = new SshReader(data);
        uint code = reader.ReadUInt32();
        reader.ExpectEnd();
        return new ExitStatus(code);
    }

    internal static ExitStatus ReadSignal(ReadOnlySpan<byte> data)
    {
        // string signal name without SIG, boolean core dumped, string error message, string language tag
        var reader = new SshReader(data);
        string name = reader.ReadAscii(64);
        bool coreDumped = reader.ReadBoolean();
        string message = Transport.PeerText.Escape(reader.ReadString());
        reader.ReadString();
        reader.ExpectEnd();
        return new ExitStatus(null, new ExitSignal(name, coreDumped, message));
    }

    internal byte[] Encode()
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        if (Signal is { } signal)
        {
            writer.WriteString(signal.Name);
            writer.WriteBoolean(signal.CoreDumped);
            writer.WriteString(signal.Message);
            writer.WriteString("");
        }
        else
        {
            writer.WriteUInt32(Code ?? 0);
        }

        return writer.ToArray();
    }
}

/// <summary>The signal that ended a program.</summary>
/// <param name="Name">Name without SIG, e.g. <c>TERM</c>.</param>
/// <param name="CoreDumped">A core was dumped.</param>
/// <param name="Message">Text for the user, escaped; mostly empty.</param>
public sealed record ExitSignal(string Name, bool CoreDumped = false, string Message = "");
