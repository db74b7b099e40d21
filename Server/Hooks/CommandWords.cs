using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SshGateway.Server.Hooks;

/// <summary>
/// Splits a command line into words as a shell does, and does nothing else that a shell does: quotes and backslashes, no variables, no
/// wildcards, no operators.
/// </summary>
internal static class CommandWords
{
    private const char None = '\0';

    /// <summary>False when a quote is not closed or there is no word at all.</summary>
    public static bool TrySplit(string line, [NotNullWhen(true)] out IReadOnlyList<string>? words)
    {
        var found = new List<string>();
        StringBuilder? word = null;
        char quote = None;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote == None && char.IsWhiteSpace(c))
            {
                if (word is not null) found.Add(word.ToString());
                word = null;
                continue;
            }

            word ??= new StringBuilder();
            if (quote != None && c == quote) quote = None;
            else if (quote == None && c is '\'' or '"') quote = c;
            else if (c == '\\' && i + 1 < line.Length && IsEscape(quote, line[i + 1])) word.Append(line[++i]);
            else word.Append(c);
        }

        if (word is not null) found.Add(word.ToString());
        words = quote == None && found.Count > 0 && found[0].Length > 0 ? found : null;
        return words is not null;
    }

    /// <summary>A backslash escapes anything outside of quotes, these four in double quotes, nothing in single quotes.</summary>
    private static bool IsEscape(char quote, char next) => quote switch
    {
        None => true,
        '"' => next is '"' or '\\' or '$' or '`',
        _ => false,
    };
}
