using System.Text;
using SshGateway.Protocol.Transport;

namespace SshGateway.Server.Relay;

/// <summary>Text as a terminal in raw mode needs it: every line ends with CR and LF.</summary>
internal static class TerminalText
{
    private const int MaxLines = 100;

    /// <summary>A message of the gateway on lines of its own; control characters in it are escaped.</summary>
    public static byte[] Message(string message)
    {
        IEnumerable<string> lines = message.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Take(MaxLines).Select(PeerText.Escape);
        return Encoding.UTF8.GetBytes("\r\n" + string.Join("\r\n", lines) + "\r\n");
    }

    /// <summary>The output of a program: LF becomes CR LF, all else stays.</summary>
    public static byte[] Output(ReadOnlySpan<byte> output)
    {
        var result = new List<byte>(output.Length + 64);
        byte previous = 0;
        foreach (byte b in output)
        {
            if (b == '\n' && previous != '\r') result.Add((byte)'\r');
            result.Add(b);
            previous = b;
        }

        return [.. result];
    }
}
