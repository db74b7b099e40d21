using System.Text;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>Bytes shown so that a difference can be seen in a test report: control characters escaped, long ones cut.</summary>
internal static class Printable
{
    private const int Limit = 3000;

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (byte value in bytes[..Math.Min(bytes.Length, Limit)])
        {
            _ = value switch
            {
                (byte)'\n' => text.Append("\\n\n"),
                < 32 or > 126 => text.Append("\\x").Append(value.ToString("x2")),
                _ => text.Append((char)value),
            };
        }

        return bytes.Length > Limit ? text.Append("… of ").Append(bytes.Length).Append(" bytes").ToString() : text.ToString();
    }
}
