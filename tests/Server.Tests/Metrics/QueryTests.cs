using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SshGateway.Server.Tests.Metrics;

/// <summary>The dashboard and the alert rules ask for nothing that is not exported.</summary>
public sealed partial class QueryTests
{
    /// <summary>What Prometheus and histograms add, and the labels of the runtime's metrics that are used.</summary>
    private static readonly string[] CommonLabels = ["job", "instance", "le"];

    /// <summary>Of Prometheus itself and of the runtime: Microsoft documents those.</summary>
    private static readonly string[] Foreign = ["up", "dotnet_process_memory_working_set_bytes", "dotnet_process_cpu_time_seconds_total"];

    public static TheoryData<string, string> Queries()
    {
        var queries = new TheoryData<string, string>();
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(MetricsDocument.Root, "samples/grafana/sshgateway.json")));
        foreach (JsonElement panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out JsonElement targets)) continue;
            foreach (JsonElement target in targets.EnumerateArray()) queries.Add("dashboard: " + panel.GetProperty("title").GetString(), target.GetProperty("expr").GetString()!);
        }

        foreach (JsonElement variable in dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray())
        {
            if (variable.GetProperty("type").GetString() == "query")
                queries.Add("dashboard: variable", LabelValues().Replace(variable.GetProperty("query").GetProperty("query").GetString()!, "sum by ($2) ($1)"));
        }

        foreach ((string name, string expression) in Alerts()) queries.Add(name, expression);
        return queries;
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public void Query_names_exported_metrics_and_their_labels(string where, string query)
    {
        string[] names = [.. Selector().Matches(query).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(names.Length > 0, $"{where}: {query} names no metric");
        Dictionary<string, IReadOnlyList<string>> known = Known();
        foreach (string name in names) Assert.True(known.ContainsKey(name), $"{where}: {name} is not exported");
        foreach (Match selector in Selector().Matches(query))
        {
            foreach (Match label in Matcher().Matches(selector.Groups[2].Value)) Check(where, label.Groups[1].Value, [selector.Groups[1].Value], known);
        }

        foreach (Match grouping in Grouping().Matches(query))
        {
            foreach (string label in grouping.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) Check(where, label, names, known);
        }
    }

    [Fact]
    public void Every_metric_of_ours_is_on_the_dashboard()
    {
        string dashboard = File.ReadAllText(Path.Combine(MetricsDocument.Root, "samples/grafana/sshgateway.json"));
        Assert.Equal([], MetricsDocument.Metrics.Where(row => !row.Series.Any(series => dashboard.Contains(series, StringComparison.Ordinal))).Select(row => row.Prometheus));
    }

    [Fact]
    public void There_are_queries_of_both_files()
    {
        Assert.Contains(Queries(), row => ((string)row[0]).StartsWith("dashboard", StringComparison.Ordinal));
        Assert.Contains(Queries(), row => ((string)row[0]).StartsWith("SshGateway", StringComparison.Ordinal));
    }

    private static void Check(string where, string label, string[] metrics, Dictionary<string, IReadOnlyList<string>> known) =>
        Assert.True(
            CommonLabels.Contains(label) || metrics.Any(metric => known[metric].Contains(label)),
            $"{where}: {string.Join(", ", metrics)} has no label {label}");

    private static Dictionary<string, IReadOnlyList<string>> Known()
    {
        var known = Foreign.ToDictionary(name => name, _ => (IReadOnlyList<string>)[]);
        foreach (DocumentedMetric metric in MetricsDocument.Metrics)
        {
            foreach (string series in metric.Series) known[series] = metric.Labels;
        }

        return known;
    }

    private static IEnumerable<(string Name, string Expression)> Alerts()
    {
        var yaml = new YamlStream();
        using var reader = new StringReader(File.ReadAllText(Path.Combine(MetricsDocument.Root, "samples/prometheus/alerts.yaml")));
        yaml.Load(reader);
        foreach (YamlNode group in (YamlSequenceNode)yaml.Documents[0].RootNode["groups"])
        {
            foreach (YamlNode rule in (YamlSequenceNode)group["rules"]) yield return (rule["alert"].ToString(), rule["expr"].ToString());
        }
    }

    /// <summary>A metric with its matchers: names of functions are followed by a parenthesis, those of labels stand in braces or parentheses of by.</summary>
    [GeneratedRegex(@"\b(up|sshgateway_\w+|dotnet_\w+)\b(?:\{([^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(\w+)\s*(?:=~|!~|!=|=)\s*""")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"label_values\((\w+), (\w+)\)")]
    private static partial Regex LabelValues();
}
