using System.Globalization;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>What an unquoted YAML scalar is, as the YAML library of the followed system sees it (YAML 1.1 booleans).</summary>
internal static class YamlScalar
{
    public static ConfigKind KindOf(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL") return ConfigKind.Null;
        if (TryBoolean(text, out _)) return ConfigKind.Boolean;
        if (TryInteger(text, out _)) return ConfigKind.Integer;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? ConfigKind.Float : ConfigKind.String;
    }

    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON";
        return value || text is "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF";
    }

    public static bool TryInteger(string text, out long value)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.Ordinal))
        {
            return long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0;
        }

        if (digits.StartsWith("0o", StringComparison.Ordinal)) return TryOctal(digits.AsSpan(2), out value);
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out long value)
    {
        value = 0;
        if (digits.IsEmpty || digits.Length > 20) return false;
        foreach (char c in digits)
        {
            if (c is < '0' or > '7') return false;
            value = (value << 3) | (uint)(c - '0');
        }

        return true;
    }
}
