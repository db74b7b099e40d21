using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>The collector as a process of its own, killed while sessions run.</summary>
public sealed class CollectorProcessTests(CollectorProcessTests.Bed bed) : IClassFixture<CollectorProcessTests.Bed>
{
    private const int Sessions = 50;

    [GatewayFact]
    public async Task A_collector_that_is_killed_and_restarted_during_sessions_has_all_of_them_in_the_end()
    {
        string folder = bed.Folder["collected"];
        ChildProcess collector = await StartAsync(folder);
        try
        {
            Task<ProcessResult>[] sessions = [.. Enumerable.Range(0, Sessions).Select(i => bed.Gateway.SshAsync(
                "target", $"for n in 1 2 3 4 5 6; do seq {i} 1000; sleep 0.3; done; : col-{i}-"))];
            for (int round = 0; round < 2; round++)
            {
                await Eventually.BecomesTrueAsync(() => RecordingBed.All(folder).Any(), "something is collected");
                collector.Signal(NativeMethods.SignalKill);
                await collector.WaitForExitAsync();
                await collector.DisposeAsync();
                collector = await StartAsync(folder);
            }

            ProcessResult[] results = await Task.WhenAll(sessions);
            for (int i = 0; i < results.Length; i++)
            {
                string mark = $"col-{i}-";
                string expected = results[i].OutputText;
                await Eventually.BecomesTrueAsync(
                    () => RecordingBed.All(folder).Any(recorded => recorded.Header.CommandText.Contains(mark, StringComparison.Ordinal) && recorded.OutputText == expected),
                    $"all of session {i} is collected");
            }
        }
        finally
        {
            await collector.DisposeAsync();
        }
    }

    private async Task<ChildProcess> StartAsync(string folder)
    {
        ChildProcess collector = ChildProcess.Start(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "sshgateway.dll"), "dumpd", "-listen", $"127.0.0.1:{bed.CollectorPort}", "-output", folder]);
        await collector.ReadUntilAsync("dumpd listens");
        return collector;
    }

    public sealed class Bed : TestBed
    {
        internal int CollectorPort { get; } = LoopbackPort.Free();

        internal override string GatewayLines => $"dump: \"TCP:127.0.0.1:{CollectorPort}\"\n";
    }
}
