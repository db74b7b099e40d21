namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>Sections of <c>key: value</c> or <c>key = value</c>; indented lines go on with the value before.</summary>
internal sealed class IniFile
{
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _sections = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Sections => _sections;

    public static IniFile Parse(string text, string file)
    {
        IniFile result = new();
        Dictionary<string, string>? section = null;
        string? key = null;
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string content = line.Trim();
            if (content.Length == 0 || content[0] is '#' or ';') continue;
            if (char.IsWhiteSpace(line[0]) && section is not null && key is not null)
            {
                section[key] += "\n" + content;
                continue;
            }

            if (content[0] == '[' && content[^1] == ']')
            {
                section = new Dictionary<string, string>(StringComparer.Ordinal);
                result._sections[content[1..^1].Trim()] = section;
                key = null;
                continue;
            }

            int parting = content.AsSpan().IndexOfAny(':', '=');
            if (parting <= 0 || section is null) throw new NodeSetException($"{file}:{number}: [section] or key: value is expected");
            key = content[..parting].Trim().ToLowerInvariant();
            section[key] = content[(parting + 1)..].Trim();
        }

        return result;
    }

    public string? Find(string section, string key) => _sections.GetValueOrDefault(section)?.GetValueOrDefault(key);
}
