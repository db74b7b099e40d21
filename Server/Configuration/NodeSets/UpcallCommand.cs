using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Runs the command of a group source: split into arguments here, no shell, bounded in time and output.</summary>
internal static class UpcallCommand
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private const int MaxOutput = 16 << 20;

    public static string Run(string command, IReadOnlyDictionary<string, string> variables, string folder)
    {
        List<string> arguments = Split(command);
        if (arguments.Count == 0) throw new NodeSetException("the command of a group source is empty");
        ProcessStartInfo start = new(Substitute(arguments[0], variables))
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = Directory.Exists(folder) ? folder : "/",
        };
        // Variables are put in after the split: a group's name can never become a second argument.
        foreach (string argument in arguments.Skip(1)) start.ArgumentList.Add(Substitute(argument, variables));
        try
        {
            using Process process = Process.Start(start) ?? throw new NodeSetException($"'{start.FileName}' cannot be started");
            process.StandardInput.Close();
            return Collect(process, start.FileName);
        }
        catch (Win32Exception)
        {
            throw new NodeSetException($"'{start.FileName}' cannot be started");
        }
    }

    /// <summary>Words as in a shell, with quotes and backslashes. What only a shell can do is refused.</summary>
    public static List<string> Split(string command)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else if (quote == '"' && c == '\\' && i + 1 < command.Length && command[i + 1] is '"' or '\\' or '$' or '`') word.Append(command[++i]);
                else word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                (quote, inWord) = (c, true);
            }
            else if (c == '\\' && i + 1 < command.Length)
            {
                word.Append(command[++i]);
                inWord = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                if (inWord) words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
            else if (c is '|' or ';' or '&' or '<' or '>' or '`' or '(' or ')')
            {
                throw new NodeSetException($"the command of a group source needs a shell ('{c}'), and none is used: put it into a script, or the groups into a YAML file");
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        if (quote != '\0') throw new NodeSetException("a quote is not closed in the command of a group source");
        if (inWord) words.Add(word.ToString());
        return words;
    }

    private static string Substitute(string text, IReadOnlyDictionary<string, string> variables)
    {
        StringBuilder result = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '$' && Variable(text, i, variables) is ({ } value, int length))
            {
                result.Append(value);
                i += length - 1;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    private static (string? Value, int Length) Variable(string text, int position, IReadOnlyDictionary<string, string> variables)
    {
        bool braces = position + 1 < text.Length && text[position + 1] == '{';
        int start = position + (braces ? 2 : 1), end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) end++;
        if (braces && (end >= text.Length || text[end] != '}')) return default;
        return (variables.GetValueOrDefault(text[start..end]), end - position + (braces ? 1 : 0));
    }

    // Loading a configuration is synchronous and rare: blocking here is bounded by the deadline.
    private static string Collect(Process process, string name)
    {
        using CancellationTokenSource deadline = new(Timeout);
        StringBuilder output = new();
        char[] buffer = new char[4096];
        try
        {
            while (true)
            {
                int count = process.StandardOutput.ReadAsync(buffer.AsMemory(), deadline.Token).AsTask().GetAwaiter().GetResult();
                if (count == 0) break;
                output.Append(buffer, 0, count);
                if (output.Length > MaxOutput) throw new NodeSetException($"'{name}' prints more than {MaxOutput} characters");
            }

            process.WaitForExitAsync(deadline.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new NodeSetException($"'{name}' did not answer within {Timeout.TotalSeconds} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        return process.ExitCode == 0 ? output.ToString() : throw new NodeSetException($"'{name}' failed with status {process.ExitCode}");
    }
}
