using Xunit;

namespace SshGateway.Protocol.Tests;

/// <summary>
/// Finds public test vectors that are not part of this repository: a folder <c>shared/reference</c> beside it or above it,
/// or the one the environment variable SSHGATEWAY_REFERENCE names.
/// </summary>
internal static class ReferenceFolder
{
    /// <summary>Full path of a file of the folder, or null if it is not there.</summary>
    internal static string? Find(string relativePath)
    {
        string? named = Environment.GetEnvironmentVariable("SSHGATEWAY_REFERENCE");
        if (!string.IsNullOrEmpty(named)) return Existing(Path.Combine(named, relativePath));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "reference", relativePath)) is { } found) return found;
        }

        return null;
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}

/// <summary>A test that needs a file of the <see cref="ReferenceFolder"/>; skipped, and says so, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute(string relativePath)
    {
        RelativePath = relativePath;
        if (ReferenceFolder.Find(relativePath) is null)
            Skip = $"the reference file {relativePath} was not found; set SSHGATEWAY_REFERENCE to the folder that holds it";
    }

    public string RelativePath { get; }
}
