namespace SshGateway.Server.Ctl.Output;

internal enum OutputFormat
{
    Table,
    Csv,
    Json,
}

/// <summary>How rows of one kind look in each format.</summary>
internal sealed record Rows<T>
{
    public required IReadOnlyList<string> Titles { get; init; }

    public required Func<T, IReadOnlyList<string>> Cells { get; init; }

    /// <summary>Null: the cells.</summary>
    public Func<T, IReadOnlyList<string>>? Csv { get; init; }

    public required Action<JsonRow, T> Json { get; init; }

    public IReadOnlyList<string>? Totals { get; init; }

    public Func<int, string, Color> Colors { get; init; } = (_, _) => Color.None;

    public void Write(CtlContext ctl, IReadOnlyList<T> rows) => Write(ctl, rows, ctl.Format);

    public void Write(CtlContext ctl, IReadOnlyList<T> rows, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json:
                JsonRow.WriteAll(ctl.Output, rows, Json);
                break;
            case OutputFormat.Csv:
                CsvRows.Write(ctl.Output, rows.Select(Csv ?? Cells));
                break;
            default:
                Table table = new(Titles) { Totals = Totals, Colors = Colors };
                foreach (T row in rows) table.Add(Cells(row));
                table.Write(ctl.Output, ctl.Terminal);
                break;
        }
    }
}
