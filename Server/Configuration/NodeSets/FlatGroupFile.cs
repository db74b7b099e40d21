namespace SshGateway.Server.Configuration.NodeSets;

/// <summary>The source that ClusterShell ships: a file of lines <c>group: node set</c>, which it reads with sed in a shell.
/// It is recognised by its command and read here.</summary>
internal static class FlatGroupFile
{
    private static readonly string[] KnownFiles = ["$CFGDIR/groups", "$CFGDIR/groups.d/local.cfg", "/etc/clustershell/groups"];

    public static GroupSource? Recognise(string name, IReadOnlyDictionary<string, string> options, string folder)
    {
        string map = options["map"];
        if (!map.Contains("sed -n 's/^$GROUP:", StringComparison.Ordinal)) return null;
        string? file = KnownFiles
            .Where(f => map.Contains(f, StringComparison.Ordinal))
            .Select(f => f.Replace("$CFGDIR", folder, StringComparison.Ordinal))
            .FirstOrDefault(File.Exists);
        return file is null ? null : new FileGroupSource(name, Read(file));
    }

    private static Dictionary<string, string> Read(string file)
    {
        Dictionary<string, string> groups = new(StringComparer.Ordinal);
        try
        {
            foreach (string line in File.ReadLines(file))
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon <= 0 || line[0] == '#' || !line.AsSpan(0, colon).ToString().All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) continue;
                string group = line[..colon], nodes = line[(colon + 1)..].Trim();
                groups[group] = groups.TryGetValue(group, out string? before) ? $"{before} {nodes}" : nodes;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeSetException($"{file} cannot be read");
        }

        return groups;
    }
}
