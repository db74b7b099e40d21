using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Commands;
using SshGateway.Server.Ctl;
using SshGateway.Server.Tests.Metrics;
using Xunit;

namespace SshGateway.Server.Tests;

/// <summary>docs/troubleshooting.md knows what users and operators can see; docs/security.md names tests that there are.</summary>
public sealed partial class TroubleshootingTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(MetricsDocument.Root, "docs/troubleshooting.md"));

    /// <summary>Only what was passed in: the document has the texts that are passed in.</summary>
    private const string Anything = "…";

    [Fact]
    public void Every_warning_and_error_of_the_log_is_there()
    {
        IEnumerable<string> messages = typeof(CtlRun).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Where(message => message.Level >= LogLevel.Warning)
            .Select(message => Shown(message.Message.Replace("session={Session} ", "", StringComparison.Ordinal)));
        Check(messages);
    }

    [Fact]
    public void Every_refusal_is_there()
    {
        string[] sources =
        [
            .. Directory.GetFiles(Path.Combine(MetricsDocument.Root, "Server"), "*.cs", SearchOption.AllDirectories),
            .. Directory.GetFiles(Path.Combine(MetricsDocument.Root, "Protocol/Authentication/Server"), "*.cs"),
        ];
        string[] refusals = [.. sources.Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).SelectMany(file => Refusal().Matches(File.ReadAllText(file))).Select(match => Shown(match.Groups[1].Value))];
        Assert.True(refusals.Length > 20, "the refusals are not found in the source any more");
        Check(refusals);
    }

    [Theory]
    [InlineData("sshgateway serve", 0, ServeCommand.StartFailed, ServeCommand.ConfigurationWrong)]
    [InlineData("sshgatewayctl", 0, CtlRun.StoreFailed, CtlRun.Usage, CtlRun.OutputClosed)]
    public void Every_exit_code_is_there(string program, params int[] codes)
    {
        string[] rows = [.. Text[Text.IndexOf("## Exit codes", StringComparison.Ordinal)..].Split('\n').SkipWhile(line => !line.StartsWith($"| `{program}`", StringComparison.Ordinal))];
        string[] own = [rows[0], .. rows.Skip(1).TakeWhile(line => line.StartsWith("| |", StringComparison.Ordinal))];
        Assert.Equal(codes, own.Select(row => int.Parse(row.Split('|')[2].Trim(), System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Tests_that_the_security_model_names_exist()
    {
        string document = File.ReadAllText(Path.Combine(MetricsDocument.Root, "docs/security.md"));
        string tests = string.Concat(
            Directory.GetFiles(Path.Combine(MetricsDocument.Root, "tests"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        Match[] named = NamedTest().Matches(document).ToArray();
        Assert.True(named.Length > 20, "the tests are not named any more");
        Assert.All(named, test =>
        {
            Assert.Contains($"class {test.Groups[1].Value}", tests, StringComparison.Ordinal);
            if (test.Groups[2].Length > 0) Assert.Contains($" {test.Groups[2].Value}(", tests, StringComparison.Ordinal);
        });
    }

    private static void Check(IEnumerable<string> messages) =>
        Assert.Equal([], messages.Where(message => message != Anything && !Text.Contains(message, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));

    private static string Shown(string template) => Placeholder().Replace(template, Anything);

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Placeholder();

    // new LoginRefusedException($"…"), new SshProtocolException(DisconnectReason.X, "…"), also over two lines
    [GeneratedRegex(@"new (?:LoginRefused|Destination|TapRefused|SshProtocol)Exception\((?:[A-Z]\w*\.\w+,|IsOurs\(e\)[^,]*,)?\s*\$?""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Refusal();

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?`")]
    private static partial Regex NamedTest();
}
