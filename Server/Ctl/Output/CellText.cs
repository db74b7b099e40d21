using System.Globalization;
using System.Text;

namespace SshGateway.Server.Ctl.Output;

/// <summary>Text of a table cell: no control characters, and as wide on the terminal as is said.</summary>
internal static class CellText
{
    public static string Clean(string text)
    {
        if (!text.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c is >= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069')) return text;
        StringBuilder result = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Controls, line separators, and what turns the direction of writing around.
            if (Rune.IsControl(rune) || rune.Value is (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069)) result.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else result.Append(rune.ToString());
        }

        return result.ToString();
    }

    /// <summary>Columns of a terminal.</summary>
    public static int Width(string text)
    {
        int width = 0;
        foreach (char c in text)
        {
            if (c is >= ' ' and <= '~') width++;
            else return text.EnumerateRunes().Sum(Width);
        }

        return width;
    }

    /// <summary>At most so wide; what is missing at the end is shown by an ellipsis.</summary>
    public static string Cut(string text, int width)
    {
        if (Width(text) <= width) return text;
        StringBuilder result = new();
        int used = 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += Width(rune);
            if (used > width) break;
            result.Append(rune.ToString());
        }

        return result.Append('…').ToString();
    }

    private static int Width(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => IsWide(rune.Value) ? 2 : 1,
    };

    // East Asian Wide and Fullwidth (UAX 11), by blocks.
    private static bool IsWide(int value) => value is
        (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf and not 0x303f) or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff)
        or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1faff)
        or (>= 0x20000 and <= 0x3fffd);
}
