using System.Text;
using System.Text.Json;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.Tests.Recordings;
using Xunit;

namespace SshGateway.Replay.Tests.Export;

public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("asciicast", "0.500000")]
    [InlineData("asciicast3", "0.250000")]
    public async Task An_asciicast_is_a_line_of_json_for_each_event_with_characters_put_together(string format, string secondTime)
    {
        byte[] euro = Encoding.UTF8.GetBytes("€");
        string file = new DumpBytes()
            .Add(0.25, DumpDescriptor.Input, "é")
            .Add(0.5, DumpDescriptor.Output, euro.AsSpan(0, 2))
            .Add(0.5, DumpDescriptor.Output, [euro[2], (byte)'\n'])
            .ToFile(_folder.Path);
        CommandRun run = await CommandRun.OfAsync("-export", format, file);
        Assert.Equal((0, ""), (run.Status, run.Errors));
        JsonElement[] lines = [.. run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal(("0.250000", "i", "é"), Event(lines[1]));
        Assert.Equal((secondTime, "o", "€\n"), Event(lines[2]));
    }

    [Fact]
    public async Task Text_is_what_was_shown_without_escape_sequences()
    {
        string file = new DumpBytes()
            .Add(0, DumpDescriptor.Input, "typed\r")
            .Output(1, "\u001b[32mgreen\u001b[")
            .Add(1, DumpDescriptor.ErrorOutput, "\u001b[31merror\r\n")
            .Output(1, "0m\r\n")
            .ToFile(_folder.Path);
        Assert.Equal("greenerror\n\n", (await CommandRun.OfAsync(file, "-export=text")).Output);
    }

    [Fact]
    public async Task A_typescript_has_the_raw_output_between_two_lines_and_its_timing_apart()
    {
        string file = new DumpBytes(command: "a\nb")
            .Output(0.5, "one\r\n")
            .Add(1, DumpDescriptor.Input, "typed")
            .Add(2.5, DumpDescriptor.ErrorOutput, "\u001b[1mtwo")
            .ToFile(_folder.Path);
        CommandRun run = await CommandRun.OfAsync("-export", "typescript", "-timing", _folder.File("timing"), file);
        Assert.Equal(
            "Script started on 2026-09-21 14:13:20+00:00 [COMMAND=\"a\\x0ab\"]\none\r\n\u001b[1mtwo\nScript done on 2026-09-21 14:13:22+00:00\n",
            run.Output);
        Assert.Equal("0.500000 5\n2.000000 7\n", await File.ReadAllTextAsync(_folder.File("timing")));
    }

    [Fact]
    public async Task A_timing_file_that_cannot_be_made_is_named()
    {
        CommandRun run = await CommandRun.OfAsync("-export", "typescript", "-timing", _folder.File("no/folder"), new DumpBytes().ToFile(_folder.Path));
        Assert.Equal((1, $"sshgateway-replay: {_folder.File("no/folder")}: no such file\n"), (run.Status, run.Errors));
    }

    private static (string, string?, string?) Event(JsonElement line) => (line[0].GetRawText(), line[1].GetString(), line[2].GetString());
}
