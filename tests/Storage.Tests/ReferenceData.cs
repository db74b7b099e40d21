using Xunit;

namespace SshGateway.Storage.Tests;

/// <summary>The folder of real files to test against, which stands beside the repository or where SSHGATEWAY_REFERENCE says.</summary>
internal static class ReferenceData
{
    public static string? Folder { get; } = Find();

    public static string[] Dumps() => Folder is null ? [] : Directory.GetFiles(Path.Combine(Folder, "dumps"), "*.dump");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SSHGATEWAY_REFERENCE") is { Length: > 0 } named) return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "SshGateway.sln"))) continue;
            string beside = Path.GetFullPath(Path.Combine(folder.FullName, "../shared/reference"));
            return Directory.Exists(beside) ? beside : null;
        }

        return null;
    }
}

/// <summary>A test that needs the reference folder, and is reported as skipped without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute()
    {
        if (ReferenceData.Folder is null) Skip = "The reference folder is absent (../shared/reference, or SSHGATEWAY_REFERENCE).";
    }
}
