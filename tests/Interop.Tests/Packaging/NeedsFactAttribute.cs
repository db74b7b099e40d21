using System.ComponentModel;
using System.Diagnostics;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>
/// A test that needs programs of the machine; skipped, with the reason, where one is missing. "root", "mount namespaces" and "a container
/// engine" stand for more than a program.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] needs) => Skip = TestBed.DirectOnly ? "only the straight route is run" : needs.Select(Problem).FirstOrDefault(problem => problem is not null);

    private static string? Problem(string need) => need switch
    {
        "root" => Environment.UserName == "root" ? null : "needs root",
        "mount namespaces" => Works("unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /tmp && cd /tmp && mkdir u w m && mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w m") ? null : "needs the right to mount, and overlays",
        "a container engine" => Works("docker", "info") ? null : "no container engine answers",
        _ => Path(need) is null ? $"{need} is not installed" : null,
    };

    private static bool Works(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string? Path(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin" }.Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
