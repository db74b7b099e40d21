using System.Text;

namespace SshGateway.Server.Ctl.Output;

/// <summary>A table of the look sshproxyctl gives it: boxes, titles in the middle, cells to the right, totals at the foot.</summary>
internal sealed class Table(IReadOnlyList<string> titles)
{
    // A column is not made narrower than this, or than its title.
    private const int LeastWidth = 12;

    private readonly List<IReadOnlyList<string>> _rows = [];

    /// <summary>The last row, set apart; null when there is none.</summary>
    public IReadOnlyList<string>? Totals { get; init; }

    /// <summary>The colour of a cell, by its column and text.</summary>
    public Func<int, string, Color> Colors { get; init; } = (_, _) => Color.None;

    public void Add(IReadOnlyList<string> cells) => _rows.Add([.. cells.Select(CellText.Clean)]);

    public void Write(TextWriter output, Terminal terminal)
    {
        int[] widths = Fit([.. titles.Select((title, i) => WidthOf(i, title))], terminal.Width);
        WriteRule(output, widths, '┌', '┬', '┐');
        WriteRow(output, widths, titles, Center, (_, _) => terminal.HasColor ? Color.Bold : Color.None);
        if (_rows.Count > 0 || Totals is not null) WriteRule(output, widths, '├', '┼', '┤');
        foreach (IReadOnlyList<string> row in _rows) WriteRow(output, widths, row, Right, terminal.HasColor ? Colors : (_, _) => Color.None);
        if (Totals is not null)
        {
            WriteRule(output, widths, '├', '┼', '┤');
            WriteRow(output, widths, Totals, Right, (_, _) => Color.None);
        }

        WriteRule(output, widths, '└', '┴', '┘');
    }

    private int WidthOf(int column, string title)
    {
        int width = Math.Max(CellText.Width(title), Totals is null ? 0 : CellText.Width(Totals[column]));
        foreach (IReadOnlyList<string> row in _rows) width = Math.Max(width, CellText.Width(row[column]));
        return width;
    }

    // The widest columns give way, as long as there is something left of them; a table may stay too wide.
    private int[] Fit(int[] widths, int limit)
    {
        int room = limit - 1 - (3 * widths.Length);
        while (limit > 0 && widths.Sum() > room)
        {
            int widest = Array.IndexOf(widths, widths.Max());
            int least = Math.Max(LeastWidth, CellText.Width(titles[widest]));
            if (widths[widest] <= least) break;
            int next = widths.Where((_, i) => i != widest).DefaultIfEmpty(0).Max();
            widths[widest] = Math.Max(Math.Max(least, Math.Min(next, widths[widest] - 1)), widths[widest] - (widths.Sum() - room));
        }

        return widths;
    }

    private static void WriteRule(TextWriter output, int[] widths, char left, char middle, char right)
    {
        StringBuilder line = new();
        for (int i = 0; i < widths.Length; i++) line.Append(i == 0 ? left : middle).Append('─', widths[i] + 2);
        output.Write(line.Append(right).Append('\n'));
    }

    private static void WriteRow(TextWriter output, int[] widths, IReadOnlyList<string> cells, Func<string, int, string> place, Func<int, string, Color> colors)
    {
        StringBuilder line = new();
        for (int i = 0; i < widths.Length; i++)
        {
            string cell = place(CellText.Cut(cells[i], widths[i]), widths[i]);
            Color color = colors(i, cells[i]);
            line.Append("│ ");
            if (color == Color.None) line.Append(cell);
            else line.Append("\u001b[").Append((int)color).Append('m').Append(cell).Append("\u001b[0m");
            line.Append(' ');
        }

        output.Write(line.Append("│\n"));
    }

    private static string Right(string text, int width) => new string(' ', Math.Max(0, width - CellText.Width(text))) + text;

    private static string Center(string text, int width)
    {
        int space = Math.Max(0, width - CellText.Width(text));
        return new string(' ', space / 2) + text + new string(' ', space - (space / 2));
    }
}
