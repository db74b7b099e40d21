using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace SshGateway.Server.Tests.Metrics;

/// <summary>One row of the table in docs/metrics.md.</summary>
internal sealed record DocumentedMetric(string Instrument, string Prometheus, string Type, string Unit, IReadOnlyList<string> Labels)
{
    /// <summary>The names of its series.</summary>
    public IReadOnlyList<string> Series => Type == "histogram" ? [Prometheus + "_bucket", Prometheus + "_sum", Prometheus + "_count"] : [Prometheus];
}

/// <summary>What docs/metrics.md says is exported.</summary>
internal static partial class MetricsDocument
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<DocumentedMetric> Metrics { get; } =
    [
        .. Row().Matches(File.ReadAllText(Path.Combine(Root, "docs/metrics.md"))).Select(row => new DocumentedMetric(
            row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value.Trim(), [.. Quoted().Matches(row.Groups[5].Value).Select(label => label.Groups[1].Value)])),
    ];

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    // | `instrument` | `prometheus` | type | unit | labels | meaning |
    [GeneratedRegex(@"^\| `([a-z.]+)` \| `([a-z_]+)` \| (\w+) \|([^|]*)\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex Quoted();
}
