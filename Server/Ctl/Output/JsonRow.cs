using System.Globalization;
using System.Text;

namespace SshGateway.Server.Ctl.Output;

/// <summary>
/// Writes objects byte for byte as the encoder of Go does: no spaces, fields in the order given, <c>&lt; &gt; &amp;</c> escaped,
/// other Unicode as it is. C1 control characters are escaped too, because some terminals obey them.
/// </summary>
internal sealed class JsonRow
{
    private readonly StringBuilder _text = new();

    public JsonRow Text(string name, string value)
    {
        Name(name);
        Quote(value);
        return this;
    }

    public JsonRow Number(string name, long value)
    {
        Name(name);
        _text.Append(CultureInfo.InvariantCulture, $"{value}");
        return this;
    }

    public JsonRow Flag(string name, bool value)
    {
        Name(name);
        _text.Append(value ? "true" : "false");
        return this;
    }

    public JsonRow Texts(string name, IEnumerable<string> values)
    {
        Name(name);
        _text.Append('[');
        int count = 0;
        foreach (string value in values)
        {
            if (count++ > 0) _text.Append(',');
            Quote(value);
        }

        _text.Append(']');
        return this;
    }

    public JsonRow Object(string name, Action<JsonRow> fields)
    {
        Name(name);
        _text.Append('{');
        fields(this);
        _text.Append('}');
        return this;
    }

    public JsonRow Objects<T>(string name, IEnumerable<T> rows, Action<JsonRow, T> fields)
    {
        Name(name);
        _text.Append('[');
        int count = 0;
        foreach (T row in rows)
        {
            _text.Append(count++ > 0 ? ",{" : "{");
            fields(this, row);
            _text.Append('}');
        }

        _text.Append(']');
        return this;
    }

    /// <summary>All rows as one array and a newline; <c>[]</c> when there is none.</summary>
    public static void WriteAll<T>(TextWriter output, IEnumerable<T> rows, Action<JsonRow, T> fields)
    {
        JsonRow json = new();
        output.Write('[');
        int count = 0;
        foreach (T row in rows)
        {
            if (count++ > 0) output.Write(',');
            json._text.Append('{');
            fields(json, row);
            json._text.Append('}');
            output.Write(json._text);
            json._text.Clear();
        }

        output.Write("]\n");
    }

    private void Name(string name)
    {
        if (_text[^1] != '{') _text.Append(',');
        Quote(name);
        _text.Append(':');
    }

    private void Quote(string value)
    {
        _text.Append('"');
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1])) _text.Append(c).Append(value[++i]);
            else Append(c);
        }

        _text.Append('"');
    }

    private void Append(char c)
    {
        switch (c)
        {
            case '"': _text.Append("\\\""); break;
            case '\\': _text.Append("\\\\"); break;
            case '\b': _text.Append("\\b"); break;
            case '\f': _text.Append("\\f"); break;
            case '\n': _text.Append("\\n"); break;
            case '\r': _text.Append("\\r"); break;
            case '\t': _text.Append("\\t"); break;
            case '<' or '>' or '&' or '\u2028' or '\u2029': _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
            default:
                if (char.IsSurrogate(c)) _text.Append("\\ufffd");
                else if (char.IsControl(c)) _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                else _text.Append(c);
                break;
        }
    }
}
