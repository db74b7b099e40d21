using System.Globalization;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>Numbers, booleans, dates and times of TOML: a token without blanks and punctuation is taken whole, then classified.</summary>
internal static class TomlScalars
{
    public static ConfigNode Read(TomlScanner scanner)
    {
        ConfigMark mark = scanner.Mark;
        int start = scanner.Position;
        TakeToken(scanner);
        // A date and a time may be parted by one blank.
        if (scanner.From(start).Length == 10 && TryDate(scanner.From(start)) && scanner.Peek == ' ' && char.IsAsciiDigit(scanner.At(1)))
        {
            scanner.Take();
            TakeToken(scanner);
        }

        string token = scanner.From(start).ToString();
        (ConfigKind kind, string text) = Classify(token);
        if (kind != ConfigKind.Null) return ConfigNode.Scalar(kind, text, mark);
        if (token.Length > 0) throw new ConfigSyntaxException(mark, $"a value is expected, not '{Shown.Text(token)}' (a text needs quotes)");
        throw scanner.Unexpected("a value");
    }

    private static void TakeToken(TomlScanner scanner)
    {
        while (!scanner.AtEnd && (char.IsAsciiLetterOrDigit(scanner.Peek) || scanner.Peek is '+' or '-' or '.' or '_' or ':')) scanner.Take();
    }

    private static (ConfigKind Kind, string Text) Classify(string token)
    {
        if (token is "true" or "false") return (ConfigKind.Boolean, token);
        if (TryInteger(token, out long number)) return (ConfigKind.Integer, number.ToString(CultureInfo.InvariantCulture));
        if (TryFloat(token, out string text)) return (ConfigKind.Float, text);
        if (TryTime(token)) return (ConfigKind.LocalTime, token);
        if (token.Length < 10 || !TryDate(token.AsSpan(0, 10))) return default;
        if (token.Length == 10) return (ConfigKind.LocalDate, token);
        if (token[10] is not ('T' or 't' or ' ')) return default;
        return ClassifyDateTime(token);
    }

    private static (ConfigKind Kind, string Text) ClassifyDateTime(string token)
    {
        ReadOnlySpan<char> time = token.AsSpan(11);
        int offset = time.IndexOfAny("Zz+-");
        if (!TryTime(offset < 0 ? time : time[..offset]) || (offset >= 0 && !TryOffset(time[offset..]))) return default;
        string text = $"{token.AsSpan(0, 10)}T{token.AsSpan(11).ToString().ToUpperInvariant()}";
        return (offset < 0 ? ConfigKind.LocalDateTime : ConfigKind.OffsetDateTime, text);
    }

    private static bool TryInteger(string token, out long value)
    {
        value = 0;
        if (token.Length > 2 && token[0] == '0' && token[1] is 'x' or 'o' or 'b')
        {
            int radix = token[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
            return TryDigits(token.AsSpan(2), radix, long.MaxValue, out ulong bits) && (value = (long)bits) >= 0;
        }

        ReadOnlySpan<char> digits = Unsigned(token, out bool negative);
        if (digits.Length > 1 && digits[0] == '0') return false;
        if (!TryDigits(digits, 10, negative ? (ulong)long.MaxValue + 1 : long.MaxValue, out ulong magnitude)) return false;
        value = negative ? unchecked(-(long)magnitude) : (long)magnitude;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> digits, int radix, ulong most, out ulong value)
    {
        value = 0;
        bool digitBefore = false;
        foreach (char c in digits)
        {
            if (c == '_')
            {
                if (!digitBefore) return false;
                digitBefore = false;
                continue;
            }

            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix) return false;
            UInt128 next = ((UInt128)value * (uint)radix) + (uint)digit;
            if (next > most) return false;
            value = (ulong)next;
            digitBefore = true;
        }

        return digitBefore;
    }

    private static bool TryFloat(string token, out string text)
    {
        text = token.Replace("_", "", StringComparison.Ordinal);
        ReadOnlySpan<char> rest = Unsigned(token, out _);
        if (rest is "inf" or "nan") return true;
        int exponent = rest.IndexOfAny('e', 'E');
        if (exponent >= 0)
        {
            if (!AreDigits(Unsigned(rest[(exponent + 1)..], out _))) return false;
            rest = rest[..exponent];
        }

        int point = rest.IndexOf('.');
        if (point < 0 && exponent < 0) return false;
        if (point >= 0 && !AreDigits(rest[(point + 1)..])) return false;
        ReadOnlySpan<char> whole = point < 0 ? rest : rest[..point];
        return AreDigits(whole) && (whole.Length == 1 || whole[0] != '0');
    }

    private static bool AreDigits(ReadOnlySpan<char> text)
    {
        bool digitBefore = false;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c) && !(c == '_' && digitBefore)) return false;
            digitBefore = c != '_';
        }

        return digitBefore;
    }

    private static ReadOnlySpan<char> Unsigned(ReadOnlySpan<char> text, out bool negative)
    {
        negative = text.StartsWith('-');
        return negative || text.StartsWith('+') ? text[1..] : text;
    }

    private static bool TryDate(ReadOnlySpan<char> text) =>
        text.Length == 10 && text[4] == '-' && text[7] == '-'
        && Number(text[..4], 0, 9999, out int year) && Number(text[5..7], 1, 12, out int month)
        && Number(text[8..], 1, DateTime.DaysInMonth(Math.Max(year, 4), month), out _);

    // HH:MM:SS with any number of digits behind a point; 60 is a leap second.
    private static bool TryTime(ReadOnlySpan<char> text) =>
        text.Length >= 8 && text[2] == ':' && text[5] == ':'
        && Number(text[..2], 0, 23, out _) && Number(text[3..5], 0, 59, out _) && Number(text[6..8], 0, 60, out _)
        && (text.Length == 8 || (text[8] == '.' && text.Length > 9 && !text[9..].ContainsAnyExceptInRange('0', '9')));

    private static bool TryOffset(ReadOnlySpan<char> text)
    {
        if (text is "Z" or "z") return true;
        return text.Length == 6 && text[3] == ':' && Number(text[1..3], 0, 23, out _) && Number(text[4..], 0, 59, out _);
    }

    private static bool Number(ReadOnlySpan<char> text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
}
