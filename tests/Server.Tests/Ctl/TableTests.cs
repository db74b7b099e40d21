using SshGateway.Server.Ctl.Output;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class TableTests
{
    [Fact]
    public void A_table_fits_the_terminal_by_cutting_its_widest_column()
    {
        Assert.Equal(
            """
            ┌─────┬──────────────────┐
            │  N  │      TITLE       │
            ├─────┼──────────────────┤
            │ 123 │ a long text tha… │
            │   4 │            short │
            └─────┴──────────────────┘

            """,
            Draw(26, ["N", "TITLE"], ["123", "a long text that has no room"], ["4", "short"]));
        Assert.All(Draw(26, ["N", "TITLE"], ["123", "a long text"]).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(21, CellText.Width(line)));
    }

    [Fact]
    public void Columns_that_are_narrow_already_stay_readable_on_a_narrow_terminal() =>
        Assert.Contains("│ 123456789012 │ 123456789012 │", Draw(10, ["A", "B"], ["123456789012", "123456789012"]), StringComparison.Ordinal);

    [Fact]
    public void Wide_and_combining_characters_take_the_room_they_need()
    {
        Assert.Equal(4, CellText.Width("日本"));
        Assert.Equal(2, CellText.Width("e\u0301x"));
        Assert.Equal(2, CellText.Width("\U0001f600"));
        Assert.Equal("日…", CellText.Cut("日本語", 4));
        string[] lines = Draw(0, ["USER"], ["日本"], ["abc"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Equal(8, CellText.Width(line)));
    }

    [Fact]
    public void Control_characters_do_not_reach_the_terminal()
    {
        Assert.Equal("a\\u001b]0;x\\u0007\\u202eb\\u009b", CellText.Clean("a\u001b]0;x\u0007\u202eb\u009b"));
        Assert.Equal("é日", CellText.Clean("é日"));
    }

    [Theory]
    [InlineData(0, "0 kB/s")]
    [InlineData(1023, "0 kB/s")]
    [InlineData(1011 * 1024, "1011 kB/s")]
    [InlineData(1_200_000, "1.1 MB/s")]
    [InlineData(3_000_000, "2.9 MB/s")]
    [InlineData(5L << 30, "5.0 GB/s")]
    [InlineData(3L << 40, "3.0 TB/s")]
    [InlineData(long.MaxValue, "8.0 EB/s")]
    public void Bandwidth_is_in_units_of_1024(long bytes, string text) => Assert.Equal(text, Units.Bandwidth(bytes));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59, "59s")]
    [InlineData(3589, "59m 49s")]
    [InlineData(3600, "1h 0m 0s")]
    [InlineData(90061, "1d 1h 1m 1s")]
    [InlineData(-5, "0s")]
    public void Durations_have_the_units_they_need(int seconds, string text) => Assert.Equal(text, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Json_is_escaped_as_by_the_reference()
    {
        StringWriter output = new();
        JsonRow.WriteAll(output, ["\"\\\b\f\n\r\t\u0001\u009b<>&\u2028é\U0001f600\ud800"], (json, text) => json.Text("T", text).Number("N", -1).Flag("F", true).Texts("L", ["a", "b"]).Texts("M", []));
        Assert.Equal(
            "[{\"T\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u009b\\u003c\\u003e\\u0026\\u2028é\U0001f600\\ufffd\",\"N\":-1,\"F\":true,\"L\":[\"a\",\"b\"],\"M\":[]}]\n",
            output.ToString());
    }

    private static string Draw(int width, string[] titles, params string[][] rows)
    {
        Table table = new(titles);
        foreach (string[] row in rows) table.Add(row);
        StringWriter output = new();
        table.Write(output, new Terminal(true, width, 0, false));
        return output.ToString();
    }
}
