using System.Reflection;

namespace SshGateway.Storage.State.Migrations;

/// <summary>One numbered file of this folder.</summary>
internal sealed record MigrationScript(int Number, string Name, string Sql)
{
    /// <param name="database"><c>postgres</c> or <c>sqlite</c>.</param>
    /// <returns>All scripts, by number.</returns>
    public static IReadOnlyList<MigrationScript> Load(string database)
    {
        string prefix = "Migrations/" + database + "/";
        Assembly assembly = typeof(MigrationScript).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Select(n => Read(assembly, n, n[prefix.Length..]))
            .OrderBy(s => s.Number)];
    }

    /// <summary>Why a program does not touch a schema that a later one has made.</summary>
    public static StateStoreException TooNew(int found, int known) => new(
        $"the state has schema version {found}, this program knows versions up to {known}: it was migrated by a newer program, use that one");

    private static MigrationScript Read(Assembly assembly, string resource, string file)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        int underscore = file.IndexOf('_', StringComparison.Ordinal);
        return new MigrationScript(int.Parse(file.AsSpan(0, underscore)), Path.GetFileNameWithoutExtension(file[(underscore + 1)..]), reader.ReadToEnd());
    }
}
