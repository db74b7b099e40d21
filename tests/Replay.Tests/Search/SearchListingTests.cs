using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests.Search;

public sealed class SearchListingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_line_with_the_text_is_printed_with_file_time_and_stream()
    {
        string one = new DumpBytes(command: "make all").Output(1, "nothing\r\n").Add(2, DumpDescriptor.ErrorOutput, "make: no rule\r\n").ToFile(_folder.Path, "one");
        string two = new DumpBytes().Add(1, DumpDescriptor.Input, "ma").Add(2, DumpDescriptor.Input, "ke\r").ToFile(_folder.Path, "two");
        CommandRun run = await CommandRun.OfAsync("-grep", "make", one, two);
        Assert.Equal((0, ""), (run.Status, run.Errors));
        Assert.Equal(
            $"{one}: 2026-09-21 14:13:20 [cmd] make all\n"
            + $"{one}: 2026-09-21 14:13:22 [<==] make: no rule\n"
            + $"{two}: 2026-09-21 14:13:21 [-->] make\n",
            run.Output);
    }

    [Fact]
    public async Task Nothing_found_gives_1()
    {
        CommandRun run = await CommandRun.OfAsync("-grep", "needle", new DumpBytes().Output(1, "hay").ToFile(_folder.Path));
        Assert.Equal(new CommandRun(1, "", ""), run);
    }
}
