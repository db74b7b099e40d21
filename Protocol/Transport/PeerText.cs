using System.Text;

namespace SshGateway.Protocol.Transport;

/// <summary>Text that came from a peer, made safe for logs and terminals.</summary>
public static class PeerText
{
    private const int MaxLength = 512;

    /// <summary>Control characters, and what could pass for them, become <c>\xNN</c> or <c>\uNNNN</c>; long texts are cut.</summary>
    public static string Escape(string text)
    {
        bool cut = text.Length > MaxLength;
        if (cut) text = text[..MaxLength];
        var safe = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (c == '\\') safe.Append("\\\\");
            else if (c < 0x20 || c is >= (char)0x7f and < (char)0xa0) safe.Append($"\\x{(int)c:x2}");
            else if (char.IsSurrogate(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format
                or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator)
                safe.Append($"\\u{(int)c:x4}");
            else safe.Append(c);
        }

        return cut ? safe.Append('…').ToString() : safe.ToString();
    }

    public static string Escape(ReadOnlySpan<byte> utf8) => Escape(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, MaxLength * 4)]));
}
