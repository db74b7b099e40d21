using Xunit;

namespace SshGateway.Interop.Tests.Harness;

/// <summary>OpenSSH 10 of Debian 13, which Scripts/openssh10.sh unpacks into a cache folder (test.sh calls it).</summary>
internal static class OpenSsh10
{
    private static readonly string Folder = Environment.GetEnvironmentVariable("SSHGATEWAY_OPENSSH10") is { Length: > 0 } named ? named
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "sshgateway-tests/openssh10");

    /// <summary>Why it cannot be used, or null.</summary>
    public static string? Problem { get; } =
        File.Exists(Path.Combine(Folder, "ready")) ? null
        : File.Exists(Path.Combine(Folder, "problem")) ? File.ReadAllText(Path.Combine(Folder, "problem")).Trim()
        : "OpenSSH 10 is not there; tests/Interop.Tests/Scripts/openssh10.sh fetches it";

    public static string Ssh => Program("ssh");

    public static string Sshd => Program("sshd");

    /// <summary>Lines of sshd_config that its two halves need, because they are not where it was built for.</summary>
    public static IReadOnlyList<string> SshdLines => [$"SshdSessionPath {Program("sshd-session")}", $"SshdAuthPath {Program("sshd-auth")}"];

    private static string Program(string name) => Path.Combine(Folder, "bin", name);
}

/// <summary>A test with OpenSSH 10; skipped, with the reason, where it cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenSsh10FactAttribute : FactAttribute
{
    public OpenSsh10FactAttribute() => Skip = TestBed.DirectOnly ? "only the straight route is run" : OpenSsh10.Problem;
}
