using SshGateway.Interop.Tests.Harness;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>The working tree these tests were built from, and the commands that build.sh makes of it.</summary>
internal static class Repository
{
    private static readonly Lazy<Task> Building = new(RunBuildAsync);

    public static string Root { get; } = Find();

    public static string File(string path) => Path.Combine(Root, path);

    /// <summary>Makes out/, once; where it is up to date that takes no time.</summary>
    public static Task BuildAsync() => Building.Value;

    /// <summary>Runs a script of the tree; its output is what people see.</summary>
    public static Task<ProcessResult> RunAsync(string script, string[] arguments, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? timeout = null) =>
        ChildProcess.RunAsync(File(script), arguments, environment: environment, folder: Root, timeout: timeout ?? TimeSpan.FromMinutes(5));

    private static async Task RunBuildAsync() => (await RunAsync("build.sh", [])).Succeeded();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "SshGateway.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is in no working tree");
    }
}
