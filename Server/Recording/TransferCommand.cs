using System.Buffers;
using SshGateway.Server.Relay.Taps;

namespace SshGateway.Server.Recording;

/// <summary>Tells file transfers from other commands.</summary>
internal static class TransferCommand
{
    // A command that is more than one command is no mere transfer, whatever it begins with: it is recorded whole.
    private static readonly SearchValues<byte> ShellCharacters = SearchValues.Create(";&|<>()$`\n\r\0"u8);

    public static bool IsSftp(ChannelStart start) =>
        (start.Type == ChannelStart.Subsystem && start.Command.Span.SequenceEqual("sftp"u8))
        || (start.Type == ChannelStart.Exec && Program(start.Command.Span) is var program && (program.SequenceEqual("sftp-server"u8) || program.SequenceEqual("internal-sftp"u8)));

    /// <summary>sftp, the far end of scp, or that of rsync.</summary>
    public static bool IsTransfer(ChannelStart start) => IsSftp(start) || IsCopy(start);

    /// <summary>The far end of scp, or that of rsync.</summary>
    public static bool IsCopy(ChannelStart start)
    {
        if (start.Type != ChannelStart.Exec) return false;
        ReadOnlySpan<byte> command = start.Command.Span;
        ReadOnlySpan<byte> program = Program(command);
        if (program.SequenceEqual("scp"u8)) return HasArgument(command, "-t"u8) || HasArgument(command, "-f"u8);
        return program.SequenceEqual("rsync"u8) && HasArgument(command, "--server"u8);
    }

    private static ReadOnlySpan<byte> Program(ReadOnlySpan<byte> command)
    {
        if (command.ContainsAny(ShellCharacters)) return [];
        int end = command.IndexOf((byte)' ');
        ReadOnlySpan<byte> path = end < 0 ? command : command[..end];
        return path[(path.LastIndexOf((byte)'/') + 1)..];
    }

    private static bool HasArgument(ReadOnlySpan<byte> command, ReadOnlySpan<byte> argument)
    {
        foreach (Range range in command.Split((byte)' '))
        {
            if (command[range].SequenceEqual(argument)) return true;
        }

        return false;
    }
}
