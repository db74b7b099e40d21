using System.Globalization;
using System.Text;

namespace SshGateway.Server.Configuration.Tree;

/// <summary>The four kinds of TOML strings.</summary>
internal sealed class TomlStrings(TomlScanner scanner)
{
    public string Read()
    {
        if (scanner.StartsWith("\"\"\"")) return ReadLines('"');
        if (scanner.StartsWith("'''")) return ReadLines('\'');
        return scanner.Peek == '"' ? ReadBasic() : ReadLiteral();
    }

    public string ReadBasic()
    {
        scanner.Expect('"');
        StringBuilder result = new();
        while (true)
        {
            if (scanner.AtEnd || TomlScanner.IsControl(scanner.Peek)) throw scanner.Unexpected("the end of the text (\")");
            char c = scanner.Take();
            if (c == '"') return result.ToString();
            if (c == '\\') ReadEscape(result);
            else result.Append(c);
        }
    }

    public string ReadLiteral()
    {
        scanner.Expect('\'');
        int start = scanner.Position;
        while (scanner.AtEnd || scanner.Peek != '\'')
        {
            if (scanner.AtEnd || TomlScanner.IsControl(scanner.Peek)) throw scanner.Unexpected("the end of the text (')");
            scanner.Take();
        }

        string result = scanner.From(start).ToString();
        scanner.Take();
        return result;
    }

    private string ReadLines(char quote)
    {
        scanner.Skip(3);
        scanner.TrySkipLineEnd();
        StringBuilder result = new();
        while (true)
        {
            if (scanner.AtEnd) throw scanner.Unexpected($"the end of the text ({quote}{quote}{quote})");
            if (scanner.Peek == quote && TryClose(quote, result)) return result.ToString();
            if (scanner.Peek == '\r' && scanner.At(1) == '\n') result.Append(scanner.Take());
            else if (scanner.Peek != '\n' && TomlScanner.IsControl(scanner.Peek)) throw scanner.Unexpected("a text without control characters");
            char c = scanner.Take();
            if (c != '\\' || quote == '\'') result.Append(c);
            else if (!TrySkipFold()) ReadEscape(result);
        }
    }

    // Up to two quotes may stand right before the closing three.
    private bool TryClose(char quote, StringBuilder result)
    {
        int count = 0;
        while (count < 6 && scanner.At(count) == quote) count++;
        if (count > 5) throw scanner.Error("too many quotes");
        scanner.Skip(count);
        result.Append(quote, count >= 3 ? count - 3 : count);
        return count >= 3 || Continue();

        bool Continue() => scanner.AtEnd ? throw scanner.Unexpected($"the end of the text ({quote}{quote}{quote})") : false;
    }

    // A backslash at the end of a line swallows it and all white space behind.
    private bool TrySkipFold()
    {
        int blanks = 0;
        while (scanner.At(blanks) is ' ' or '\t') blanks++;
        if (scanner.At(blanks) != '\n' && !(scanner.At(blanks) == '\r' && scanner.At(blanks + 1) == '\n')) return false;
        do scanner.SkipBlanks();
        while (scanner.TrySkipLineEnd());
        return true;
    }

    private void ReadEscape(StringBuilder result)
    {
        if (scanner.AtEnd) throw scanner.Unexpected("an escape");
        char c = scanner.Peek;
        switch (c)
        {
            case 'b': result.Append('\b'); break;
            case 't': result.Append('\t'); break;
            case 'n': result.Append('\n'); break;
            case 'f': result.Append('\f'); break;
            case 'r': result.Append('\r'); break;
            case '"' or '\\': result.Append(c); break;
            case 'u' or 'U':
                ReadScalarValue(c == 'u' ? 4 : 8, result);
                return;
            default:
                throw scanner.Unexpected("one of the escapes \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX");
        }

        scanner.Take();
    }

    private void ReadScalarValue(int digits, StringBuilder result)
    {
        ConfigMark mark = scanner.Mark;
        scanner.Take();
        int start = scanner.Position;
        while (scanner.Position - start < digits && !scanner.AtEnd && char.IsAsciiHexDigit(scanner.Peek)) scanner.Take();
        ReadOnlySpan<char> hex = scanner.From(start);
        if (hex.Length != digits || !Rune.TryCreate(uint.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), out Rune rune))
        {
            throw new ConfigSyntaxException(mark, $"{digits} hexadecimal digits of a Unicode scalar value are expected");
        }

        result.Append(rune.ToString());
    }
}
