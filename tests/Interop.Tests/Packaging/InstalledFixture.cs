using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>What install.sh puts below a folder that stands for the root of a system. The tests only read it.</summary>
public sealed class InstalledFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Root => _folder["root"];

    /// <summary>A path of the system, below the folder.</summary>
    public string this[string path] => Root + path;

    public async Task InitializeAsync()
    {
        if (TestBed.DirectOnly) return;
        await Repository.BuildAsync();
        (await InstallAsync(Root, "--compat")).Succeeded();
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    internal static Task<ProcessResult> InstallAsync(string root, params string[] arguments) =>
        Repository.RunAsync("install.sh", arguments, new Dictionary<string, string>(StringComparer.Ordinal) { ["DESTDIR"] = root, ["PREFIX"] = "/usr", ["PAM"] = "debian" });

    /// <summary>Everything below a folder, as paths from there; folders end with a slash, links say where they lead.</summary>
    internal static IEnumerable<string> Tree(string root)
    {
        if (!Directory.Exists(root)) return [];
        return Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Select(path =>
        {
            string name = path[root.Length..];
            return new FileInfo(path).LinkTarget is { } target ? $"{name} -> {target}" : Directory.Exists(path) ? name + "/" : name;
        }).Order(StringComparer.Ordinal);
    }
}

[CollectionDefinition(Name)]
public sealed class InstalledCollection : ICollectionFixture<InstalledFixture>
{
    public const string Name = "installed";
}
