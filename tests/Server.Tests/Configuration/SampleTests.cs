using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Configuration.Commands;
using SshGateway.Server.Configuration.Schema;
using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>The samples and the documentation know every key, and what they say is true.</summary>
public sealed partial class SampleTests
{
    private static readonly string Root = FindRoot();

    private static readonly string[] Keys =
    [
        .. GatewaySettings.Table.Paths, .. RouteSettings.Table.Paths, "overrides",
        .. LimitSettings.PenaltyKeys.Select(k => "limits.penalties." + k),
        .. CommandMaps.TranslationKeys.Select(k => "translate_commands.NAME." + k),
    ];

    [Fact]
    public void Samples_load_without_warnings_and_say_the_same()
    {
        string[] yaml = Print(Load("samples/sshgateway.yaml"));
        Assert.Equal(yaml, Print(Load("samples/sshgateway.toml")));
        Assert.Contains("config.dest = [login1:22 login2:22 login3:22 login9:2022]", yaml);
        Assert.Contains("overrides[1].debug = true", yaml);
    }

    [Theory]
    [InlineData("samples/sshgateway.yaml", ":")]
    [InlineData("samples/sshgateway.toml", " =")]
    public void Samples_have_every_key(string file, string equals)
    {
        string text = File.ReadAllText(Path.Combine(Root, file));
        // Other names of the same key, and what has no effect, stand in comments.
        string[] known = [.. Keys.Where(k => k is not ("stats_interval" or "persist" or "overrides" or "limits.penalties")).Where(k => !k.StartsWith("etcd.", StringComparison.Ordinal) || k is "etcd.keyttl" or "etcd.mandatory")];
        string[] missing = [.. known.Where(k => !Matches(text, $@"(?m)^[#\s]*{Regex.Escape(k[(k.LastIndexOf('.') + 1)..])}{equals}") && !Matches(text, $@"(?m)^\[{Regex.Escape(k)}"))];
        Assert.Equal([], missing);
        Assert.All((string[])["stats_interval", "persist"], k => Assert.Contains(k, text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_documentation_has_a_row_for_every_key_and_none_for_others()
    {
        string text = File.ReadAllText(Path.Combine(Root, "docs/configuration.md"));
        string[] rows = [.. Row().Matches(text).SelectMany(m => m.Groups[1].Value.Split(", ")).Select(k => k.Trim('`'))];
        Assert.Empty(Keys.Except(rows));
        Assert.Empty(rows.Except(Keys).Except(["overrides.match", "limits.penalties"]));
        Assert.Equal(rows.Length, rows.Distinct().Count());
        Assert.All(SshOptionValues.Names, option => Assert.Contains(option, text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_of_the_migration_guide_loads()
    {
        string text = File.ReadAllText(Path.Combine(Root, "docs/migration.md"));
        string[] example = [.. text[text.IndexOf("## A small example", StringComparison.Ordinal)..].Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal)).Select(l => l[4..])];
        LoadServices services = Loaded.Services with { Resolve = _ => [System.Net.IPAddress.Loopback] };
        ConfigurationResult result = ConfigurationLoader.LoadText(string.Join('\n', example), "example.yaml", services);
        Assert.Equal(2, Loaded.Good(result).Routes.Overrides[0].Changes.Count(c => c(RouteConfiguration.Default).Dest.Count == 2 || c(RouteConfiguration.Default).Service == "transfer"));
    }

    [Fact]
    public void Every_configuration_of_the_migration_guide_loads_and_version_1_becomes_what_it_says()
    {
        string[] blocks = Blocks(File.ReadAllText(Path.Combine(Root, "docs/migration.md")));
        Assert.Equal(4, blocks.Length);
        LoadServices services = Loaded.Services with { Resolve = _ => [System.Net.IPAddress.Loopback] };
        StringWriter converted = new();
        Assert.Equal(0, ConvertCommand.RunText(blocks[0], "old.yaml", converted, TextWriter.Null));
        GatewayConfiguration expected = Loaded.Good(ConfigurationLoader.LoadText(blocks[1], "new.yaml", services));
        Assert.Equal(Print(expected), Print(Loaded.Good(ConfigurationLoader.LoadText(converted.ToString(), "converted.yaml", services))));
        ConfigurationResult found = ConfigurationLoader.LoadText(blocks[2], "found.yaml", services);
        RouteConfiguration route = Loaded.Good(found).RouteFor("alice", ["staff"], null);
        Assert.Equal(("login", RouteSelect.Bandwidth, 10, true, 4, true, 0.0), (route.Service, route.RouteSelect, route.MaxConnectionsPerUser, route.StateMandatory, route.Dest.Count, route.Debug, route.Persist.TotalSeconds));
        Assert.Equal(["endpoints", "tls", "exe"], found.Warnings.Select(warning => warning.Message.Split('\'')[1]));
        Loaded.Good(ConfigurationLoader.LoadText(blocks[3], "small.yaml", services));
    }

    /// <summary>The indented blocks that are configurations.</summary>
    private static string[] Blocks(string text)
    {
        List<string> blocks = [];
        List<string> lines = [];
        foreach (string line in text.Split('\n').Append("end"))
        {
            if (line.StartsWith("    ", StringComparison.Ordinal))
            {
                lines.Add(line[4..]);
                continue;
            }

            if (line.Length == 0 && lines.Count > 0) continue;
            if (lines.Exists(l => l.Contains("dest:", StringComparison.Ordinal))) blocks.Add(string.Join('\n', lines));
            lines.Clear();
        }

        return [.. blocks];
    }

    private static bool Matches(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(5));

    private static GatewayConfiguration Load(string file)
    {
        ConfigurationResult result = ConfigurationLoader.Load(Path.Combine(Root, file), Loaded.Services);
        GatewayConfiguration configuration = Loaded.Good(result);
        Assert.Empty(result.Warnings);
        return configuration;
    }

    private static string[] Print(GatewayConfiguration configuration) =>
    [
        .. ConfigurationPrinter.Gateway(configuration),
        .. ConfigurationPrinter.Route(configuration.Routes.Base, new PatternExpander()),
        .. ConfigurationPrinter.Overrides(configuration.Routes),
    ];

    [GeneratedRegex(@"(?m)^\| ((?:`[a-z][A-Za-z0-9_.]*`(?:, )?)+) \|")]
    private static partial Regex Row();

    private static string FindRoot([CallerFilePath] string file = "")
    {
        DirectoryInfo? at = new(Path.GetDirectoryName(file)!);
        while (at is not null && !Directory.Exists(Path.Combine(at.FullName, "samples"))) at = at.Parent;
        return at?.FullName ?? throw new DirectoryNotFoundException("samples");
    }
}
