using System.Runtime.CompilerServices;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Routing;

/// <summary><c>samples/two-gateways/run.sh</c>, as an operator runs it, with the program of this build.</summary>
public sealed class TwoGatewaysSampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [GatewayFact]
    public async Task One_command_starts_it_and_ends_by_showing_one_users_sessions_through_both_gateways()
    {
        using var folder = new TemporaryFolder();
        // PostgreSQL's user has to get through, where the tests run as root.
        if (Environment.UserName == "root") File.SetUnixFileMode(folder.Path, (UnixFileMode)Convert.ToInt32("711", 8));
        string demo = folder["two"];
        try
        {
            ProcessResult started = await RunAsync(demo);
            Assert.True(started.ExitStatus == 0, started.ToString());
            string[] shown = started.OutputText.Split("show connections\n")[1].Split('\n');
            Assert.Contains(shown, line => line.Contains($"│ {Environment.UserName} │ default │", StringComparison.Ordinal) && line.Contains("│           2 │", StringComparison.Ordinal));
            Assert.Contains("│ 127.0.0.", started.OutputText.Split("show hosts\n")[1], StringComparison.Ordinal);
            ProcessResult status = await RunAsync("status", demo);
            Assert.True(status.ExitStatus == 0, status.ToString());
        }
        finally
        {
            ProcessResult stopped = await RunAsync("stop", demo);
            Assert.True(stopped.ExitStatus == 0, stopped.ToString());
        }

        Assert.False(Directory.Exists(demo));
        Assert.Equal(1, (await RunAsync("status", demo)).ExitStatus);
    }

    private static Task<ProcessResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        Path.Combine(Folder(), "../../../samples/two-gateways/run.sh"),
        arguments,
        environment: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SSHGATEWAY_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "sshgateway"),
            ["DEMO_PATIENCE"] = "1200",
        },
        timeout: Patience);

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
