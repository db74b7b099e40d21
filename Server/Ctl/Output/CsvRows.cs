using System.Buffers;

namespace SshGateway.Server.Ctl.Output;

/// <summary>Writes CSV without a header, quoted (RFC 4180) only where it must be.</summary>
internal static class CsvRows
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static void Write(TextWriter output, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (IReadOnlyList<string> row in rows)
        {
            for (int i = 0; i < row.Count; i++)
            {
                if (i > 0) output.Write(',');
                WriteField(output, row[i]);
            }

            output.Write('\n');
        }
    }

    private static void WriteField(TextWriter output, string field)
    {
        if (field.AsSpan().IndexOfAny(Special) < 0 && !field.StartsWith(' ') && field != "\\.")
        {
            output.Write(field);
            return;
        }

        output.Write('"');
        output.Write(field.Replace("\"", "\"\"", StringComparison.Ordinal));
        output.Write('"');
    }
}
