namespace SshGateway.Server.Privileged;

/// <summary>PAM services of this machine.</summary>
internal static class PamServices
{
    private static readonly string[] Folders = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"];

    /// <summary>The first of the names (<c>auth.pam_service</c>) that is set up here; null when none is.</summary>
    public static string? FirstInstalled(IReadOnlyList<string> names) => names.FirstOrDefault(name => IsName(name) && Folders.Any(folder => File.Exists($"{folder}/{name}")));

    /// <summary>A name that is not a path.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
