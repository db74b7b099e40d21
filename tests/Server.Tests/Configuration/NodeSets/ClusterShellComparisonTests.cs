using System.Diagnostics;
using System.Text;
using SshGateway.Server.Configuration.NodeSets;
using Xunit;

namespace SshGateway.Server.Tests.Configuration.NodeSets;

/// <summary>Generated expressions give the same set as ClusterShell's own parser, the one behind its nodeset command.</summary>
public sealed class ClusterShellComparisonTests
{
    // Marks expressions with a slip of the pen; blanks at the end mean nothing.
    private const string Slip = "  ";

    private const string Script = """
        import sys
        from ClusterShell.NodeSet import NodeSet
        for line in sys.stdin:
            try:
                print('=' + ' '.join(NodeSet(line.rstrip('\n'))))
            except Exception as e:
                print('!' + str(e).replace('\n', ' '))
        """;

    [ClusterShellFact]
    public void Generated_expressions_give_the_same_nodes()
    {
        using GroupFolder folder = new();
        Random random = new(20260101);
        List<string> expressions = [.. Enumerable.Range(0, 3000).Select(_ => Expression(random))];
        string[] answers = Ask(folder.Path, "/usr/bin/python3", ["-c", Script], string.Join('\n', expressions) + "\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expressions.Count, answers.Length);
        List<string> differences = [];
        int good = 0;
        for (int i = 0; i < expressions.Count; i++)
        {
            bool expanded = new NodeSetExpander(new GroupResolver(folder.Path)).TryExpand(expressions[i], out IReadOnlyList<string> names, out string error);
            string[] expected = answers[i][1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // An empty set is an error here: a route without hosts is a mistake.
            bool theirs = answers[i][0] == '=' && expected.Length > 0;
            if (theirs) good++;
            // Some slips pass there as something odd (0--1, @src:, unknown groups); ours may refuse them, never read them otherwise.
            if (theirs && !expanded && expressions[i].EndsWith(Slip, StringComparison.Ordinal)) continue;
            bool same = theirs == expanded && (!expanded || names.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)));
            if (!same) differences.Add($"{expressions[i]}: theirs {answers[i]}, ours {(expanded ? string.Join(' ', names) : error)}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(20)));
        Assert.InRange(good, 1000, 3000);
    }

    [ClusterShellFact]
    public void The_command_agrees()
    {
        using GroupFolder folder = new();
        Random random = new(20260202);
        NodeSetExpander Expander() => new(new GroupResolver(folder.Path));
        // The command takes one expression a process; those that are good and not empty are asked of it.
        string[] generated = [.. Enumerable.Range(0, 200).Select(_ => Expression(random)).Where(text => !text.EndsWith(Slip, StringComparison.Ordinal) && Expander().TryExpand(text, out _, out _)).Take(12)];
        foreach (string text in (string[])["n[1-5]!n3", "@rack2", "r[1-2]n[01-03]", "@*&g*", .. generated])
        {
            string[] expected = Ask(folder.Path, "/usr/bin/nodeset", ["-e", text], "").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            Assert.True(Expander().TryExpand(text, out IReadOnlyList<string> names, out _));
            Assert.True(expected.Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)), text);
        }

        Assert.Equal(12, generated.Length);
    }

    private static string Expression(Random random)
    {
        StringBuilder text = new(Operand(random));
        for (int i = random.Next(4); i > 0; i--)
        {
            text.Append(",!&^"[random.Next(4)]);
            if (random.Next(10) == 0) text.Append(' ');
            text.Append(Operand(random));
        }

        return random.Next(30) == 0 ? text.Insert(random.Next(text.Length), ",[]-/!"[random.Next(6)]).Append(Slip).ToString() : text.ToString();
    }

    private static string Operand(Random random) => random.Next(12) switch
    {
        0 => Pick(random, "@compute", "@gpu", "@rack1", "@rack2", "@racks:r1", "@racks:both", "@flat:io", "@*", "@racks:*", "@racks:r[1-2]", "@rack[1-2]"),
        1 => Pick(random, "n*", "g0?", "*", "login?"),
        2 => Pick(random, "n1", "n7", "g01", "login1", "other"),
        3 => $"{Pick(random, "r", "")}[{Range(random)}]{Pick(random, "n", "-", "x1y")}[{Range(random)}]{Pick(random, "", "", "-ib", ":22", "0")}",
        4 => $"{Pick(random, "n1", "n0", "n20")}[{Range(random)}]",
        5 => $"n[{Range(random)}]{Pick(random, "0", "5", "05", "3-ib")}",
        _ => $"n[{Range(random)}]",
    };

    private static string Range(Random random)
    {
        List<string> pieces = [];
        for (int i = random.Next(3); i >= 0; i--)
        {
            int begin = random.Next(12), end = Math.Max(0, begin + random.Next(-1, 9));
            string format = random.Next(4) == 0 ? "00" : "0";
            string piece = random.Next(3) == 0 ? begin.ToString(format) : $"{begin.ToString(format)}-{end.ToString(format)}";
            if (random.Next(6) == 0) piece += $"/{random.Next(1, 4)}";
            pieces.Add(piece);
        }

        return string.Join(',', pieces);
    }

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    private static string Ask(string folder, string program, string[] arguments, string input)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["CLUSTERSHELL_CFGDIR"] = folder;
        start.Environment["XDG_CONFIG_HOME"] = "/nonexistent";
        start.Environment["HOME"] = "/nonexistent";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(output.Wait(TimeSpan.FromMinutes(2)));
        process.WaitForExit();
        return output.Result;
    }
}

internal sealed class ClusterShellFactAttribute : FactAttribute
{
    public ClusterShellFactAttribute()
    {
        if (!File.Exists("/usr/bin/nodeset")) Skip = "the nodeset command (Debian package clustershell) is not installed";
    }
}
