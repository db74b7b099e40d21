using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Packaging;

/// <summary>A test that needs programs of the machine; skipped, with the reason, where one is missing. "root" stands for the right to be it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] needs) => Skip = TestBed.DirectOnly ? "only the straight route is run" : needs.Select(Problem).FirstOrDefault(problem => problem is not null);

    private static string? Problem(string need) => need switch
    {
        "root" => Environment.UserName == "root" ? null : "needs root",
        _ => Path(need) is null ? $"{need} is not installed" : null,
    };

    private static string? Path(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin" }.Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
