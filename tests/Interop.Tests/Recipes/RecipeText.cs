using Xunit;

namespace SshGateway.Interop.Tests.Recipes;

/// <summary>
/// One section of docs/authentication.md: its fenced blocks, as printed. A block whose first line is <c># /a/path</c> is the content of that file; the
/// others go by the word behind the fence (<c>sh</c>).
/// </summary>
internal sealed class RecipeText
{
    private readonly List<(string Language, string Text)> _blocks = [];

    private RecipeText(string heading) => Heading = heading;

    public string Heading { get; }

    /// <summary>The blocks that are files, by path.</summary>
    public IReadOnlyDictionary<string, string> Files => _blocks
        .Where(block => block.Text.StartsWith("# /", StringComparison.Ordinal))
        .ToDictionary(block => block.Text.Split('\n')[0][2..], block => block.Text, StringComparer.Ordinal);

    /// <summary>The commands of the section, in order.</summary>
    public IEnumerable<string> Commands => _blocks.Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Reads the section with this heading.</summary>
    public static RecipeText Read(string heading)
    {
        var recipe = new RecipeText(heading);
        bool isInside = false;
        string? language = null;
        var block = new System.Text.StringBuilder();
        foreach (string line in File.ReadLines(Find()))
        {
            if (language is null && line.StartsWith("## ", StringComparison.Ordinal))
            {
                isInside = line == "## " + heading;
            }
            else if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                if (language is not null) block.Append(line).Append('\n');
            }
            else if (language is null)
            {
                language = line[3..].Trim();
                block.Clear();
            }
            else
            {
                if (isInside) recipe._blocks.Add((language, block.ToString()));
                language = null;
            }
        }

        Assert.True(recipe._blocks.Count > 0, $"docs/authentication.md has no section '{heading}' with a block");
        return recipe;
    }

    private static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string file = Path.Combine(folder, "docs", "authentication.md");
            if (File.Exists(file)) return file;
        }

        throw new FileNotFoundException("docs/authentication.md");
    }
}
