using System.Diagnostics;
using Xunit;

namespace SshGateway.Server.Tests.Privileged;

/// <summary>A test that needs root and a mount namespace of its own, for accounts that are not the machine's.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    private static readonly string? Why = Find();

    public RootFactAttribute() => Skip = Why;

    public static bool IsRoot => Why is null;

    private static string? Find()
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal)) return "needs root";
        using var probe = Process.Start(new ProcessStartInfo("unshare", ["-m", "true"]) { UseShellExecute = false, RedirectStandardError = true })!;
        probe.WaitForExit();
        if (probe.ExitCode != 0) return "needs the right to make a mount namespace";
        return File.Exists("/usr/bin/gcc") ? null : "needs gcc, for a PAM module that misbehaves";
    }
}
