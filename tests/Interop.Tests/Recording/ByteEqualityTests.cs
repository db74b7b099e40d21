using System.Globalization;
using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Recording;

/// <summary>
/// What the client received is what is in the recording at the moment the client ends, for programs of any size. SSHGATEWAY_SOAK_RUNS and
/// SSHGATEWAY_SOAK_BYTES make it long (tests/soak-recording.sh).
/// </summary>
public sealed class ByteEqualityTests(RecordingBed bed) : IClassFixture<RecordingBed>
{
    private static readonly int Runs = Setting("SSHGATEWAY_SOAK_RUNS", 40);
    private static readonly int Largest = Setting("SSHGATEWAY_SOAK_BYTES", 2 << 20);

    [GatewayFact]
    public async Task Recordings_of_random_programs_equal_what_the_client_received()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, Runs), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (run, _) =>
        {
            if (run % 2 == 0) await RunWithoutTerminalAsync(run);
            else await RunOnTerminalAsync(run);
        });
    }

    private async Task RunWithoutTerminalAsync(int run)
    {
        byte[] data = SampleData.Random(Size(run), run);
        ProcessResult result = await bed.Gateway.SshAsync(["target", $"cat; echo run-{run}- >&2; exit {run % 100}"], data, timeout: TimeSpan.FromMinutes(5));
        Recorded recorded = RecordingBed.Find(bed.Recordings, $"run-{run}-");
        Assert.Equal(run % 100, result.ExitStatus);
        AssertSame(data, result.Output);
        AssertSame(result.Output, recorded.Output);
        AssertSame(result.Error, recorded.Errors);
        AssertSame(data, recorded.Input);
        File.Delete(recorded.Path);
    }

    private async Task RunOnTerminalAsync(int run)
    {
        string file = bed.Folder.Write($"run/{run}", SampleData.Random(Size(run), run));
        ProcessResult result = await bed.Gateway.SshAsync(
            ["-tt", "target", $"stty raw -echo; cat {file}; : run-{run}-; exit {run % 100}"], default, timeout: TimeSpan.FromMinutes(5));
        Recorded recorded = RecordingBed.Find(bed.Recordings, $"run-{run}-");
        Assert.Equal(run % 100, result.ExitStatus);
        AssertSame(result.Output, recorded.Output);
        Assert.Contains("\"resize\"", recorded.Side, StringComparison.Ordinal);
        // What the program wrote before it ended may be cut by the end of its terminal, but never by us.
        AssertSame(File.ReadAllBytes(file), recorded.Output);
        // Hundreds of these do not fit on every disk.
        File.Delete(file);
        File.Delete(recorded.Path);
    }

    /// <summary>As many small programs as large ones: 1 byte to the largest, evenly by magnitude.</summary>
    private static int Size(int run) => (int)Math.Pow(Largest, run % 20 / 19.0);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static void AssertSame(byte[] expected, byte[] actual)
    {
        // Not Assert.Equal: its report of two megabytes would be as long.
        int same = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(same == expected.Length && same == actual.Length, $"{expected.Length} and {actual.Length} bytes, different from byte {same} on");
    }
}
