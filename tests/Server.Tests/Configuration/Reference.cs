using Xunit;

namespace SshGateway.Server.Tests.Configuration;

/// <summary>The folder of reference data: the one SSHGATEWAY_REFERENCE names, or shared/reference beside a folder above.</summary>
internal static class Reference
{
    public static string? Folder(string name)
    {
        string? root = Environment.GetEnvironmentVariable("SSHGATEWAY_REFERENCE") ?? Search();
        string? folder = root is null ? null : Path.Combine(root, name);
        return Directory.Exists(folder) ? folder : null;
    }

    private static string? Search()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "reference");
            if (Directory.Exists(candidate)) return candidate;
        }

        return null;
    }
}

/// <summary>A fact that is skipped, with a message, where the reference data is absent.</summary>
internal sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute(string folder)
    {
        if (Reference.Folder(folder) is null) Skip = $"no reference data: set SSHGATEWAY_REFERENCE to a folder with {folder}/";
    }
}
