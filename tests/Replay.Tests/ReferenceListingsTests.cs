using SshGateway.Storage.Tests;
using Xunit;

namespace SshGateway.Replay.Tests;

public sealed class ReferenceListingsTests
{
    [ReferenceFact]
    public async Task Every_dump_gives_the_listing_of_the_real_tool()
    {
        string[] dumps = [.. ReferenceData.Dumps().Where(file => !file.Contains("corrupted", StringComparison.Ordinal))];
        Assert.Equal(6, dumps.Length);
        foreach (string dump in dumps)
        {
            CommandRun run = await CommandRun.OfAsync(dump);
            Assert.Equal((0, ""), (run.Status, run.Errors));
            Assert.Equal(await File.ReadAllTextAsync(Path.ChangeExtension(dump, ".replay.txt")), WithoutFolder(run.Output, dump));
        }
    }

    [ReferenceFact]
    public async Task Every_dump_plays_as_with_the_real_tool()
    {
        string[] texts = Directory.GetFiles(Path.Combine(ReferenceData.Folder!, "dumps"), "*.live-replay.txt");
        Assert.NotEmpty(texts);
        foreach (string text in texts)
        {
            string dump = text.Replace(".live-replay.txt", ".dump", StringComparison.Ordinal);
            var both = new SignallingStream();
            var environment = new ReplayEnvironment { Output = both, Errors = both, Zone = TimeZoneInfo.Utc };
            Assert.Equal(0, await new ReplayCommand(environment).RunAsync(["-replay", "-speed", "1000", dump], CancellationToken.None));
            Assert.Equal(await File.ReadAllTextAsync(text), WithoutFolder(both.Text, dump));
        }
    }

    [ReferenceFact]
    public async Task The_dump_that_its_collector_damaged_is_shown_up_to_the_damage()
    {
        string dump = ReferenceData.Dumps().Single(file => file.Contains("corrupted", StringComparison.Ordinal));
        CommandRun run = await CommandRun.OfAsync(dump);
        string[] expected = await File.ReadAllLinesAsync(Path.ChangeExtension(dump, ".replay.txt"));
        Assert.Equal(1, run.Status);
        Assert.Equal(string.Join('\n', expected[..^1]) + "\n", WithoutFolder(run.Output, dump));
        Assert.Contains("offset 70:", run.Errors, StringComparison.Ordinal);
    }

    private static string WithoutFolder(string text, string dump) => text.Replace(dump, Path.GetFileName(dump), StringComparison.Ordinal);
}
