using System.Diagnostics;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Recipes;

/// <summary>A test on a <see cref="PrivateMachine"/>; skipped where none can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MachineFactAttribute : FactAttribute
{
    private static readonly string? Why = Find();

    public MachineFactAttribute() => Skip = Why;

    public static bool IsPossible => Why is null;

    private static string? Find()
    {
        if (TestBed.DirectOnly) return "only the straight route is run";
        if (!Environment.IsPrivilegedProcess) return "needs root";
        using var probe = Process.Start(new ProcessStartInfo("unshare", ["-m", "-u", "true"]) { UseShellExecute = false, RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0 ? null : "needs the right to make mount and host name namespaces";
    }
}
