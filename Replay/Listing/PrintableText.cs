using System.Globalization;
using System.Text;

namespace SshGateway.Replay.Listing;

/// <summary>Makes text from outside safe for a terminal.</summary>
internal static class PrintableText
{
    /// <summary>Control, format (such as right-to-left) and separator characters are written as \xNN or \u{N}; the rest stays.</summary>
    public static string Escape(string text)
    {
        StringBuilder? escaped = null;
        int copied = 0;
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            if (!MustEscape(CharUnicodeInfo.GetUnicodeCategory(text, i))) continue;
            escaped ??= new StringBuilder();
            escaped.Append(text, copied, i - copied);
            int value = char.IsSurrogatePair(text, i) ? char.ConvertToUtf32(text, i) : text[i];
            escaped.Append(value < 0x80 ? $"\\x{value:x2}" : $"\\u{{{value:x}}}");
            copied = i + (char.IsSurrogatePair(text, i) ? 2 : 1);
        }

        return escaped is null ? text : escaped.Append(text, copied, text.Length - copied).ToString();
    }

    private static bool MustEscape(UnicodeCategory category) => category
        is UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate;
}
