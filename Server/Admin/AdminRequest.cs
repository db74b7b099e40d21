using System.Globalization;
using System.Text;
using SshGateway.Server.Ctl.Output;

namespace SshGateway.Server.Admin;

/// <summary>A command line that the gateway is to run, and what it must know of the terminal. Texts end with a NUL.</summary>
internal sealed record AdminRequest(Terminal Terminal, string TimeZone, IReadOnlyList<string> Arguments)
{
    /// <summary>Most bytes of one.</summary>
    public const int MaxLength = 256 * 1024;

    private const string Version = "1";
    private const int FixedTexts = 6;

    public byte[] Encode() => Encoding.UTF8.GetBytes(string.Concat(Texts().Select(text => text.Replace('\0', ' ') + '\0')));

    /// <summary>The request, or null when it is none of this version.</summary>
    public static AdminRequest? Decode(ReadOnlySpan<byte> data)
    {
        string text = Encoding.UTF8.GetString(data);
        if (!text.EndsWith('\0')) return null;
        string[] texts = text[..^1].Split('\0');
        if (texts.Length < FixedTexts || texts[0] != Version || !TryNumber(texts[2], out int width) || !TryNumber(texts[3], out int height)) return null;
        return new AdminRequest(new Terminal(texts[1] == "1", width, height, texts[4] == "1"), texts[5], texts[FixedTexts..]);
    }

    private IEnumerable<string> Texts() =>
        [Version, Flag(Terminal.IsTerminal), Units.Number(Terminal.Width), Units.Number(Terminal.Height), Flag(Terminal.HasColor), TimeZone, .. Arguments];

    private static string Flag(bool value) => value ? "1" : "0";

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 100_000;
}
