using SshGateway.Replay.Arguments;
using Xunit;

namespace SshGateway.Replay.Tests.Arguments;

public sealed class ArgumentReaderTests
{
    [Theory]
    [InlineData("f")]
    [InlineData("-replay=false f")]
    [InlineData("-- f")]
    public void Without_options_files_are_listed(string line)
    {
        ReplayOptions options = Read(line);
        Assert.Equal(ReplayAction.List, options.Action);
        Assert.Equal(["f"], options.Files);
    }

    [Theory]
    [InlineData("-replay -speed 2.5 -max-wait 2s f g")]
    [InlineData("--replay --speed 2.5 --max-wait 2s f g")]
    [InlineData("f g -replay -speed=2.5 -max-wait=2s")]
    [InlineData("f --speed=2.5 -replay=true --max-wait 2000ms g")]
    public void Options_have_one_dash_or_two_and_stand_anywhere(string line)
    {
        ReplayOptions options = Read(line);
        Assert.Equal(ReplayAction.Play, options.Action);
        Assert.Equal(["f", "g"], options.Files);
        Assert.Equal(2.5, options.Speed);
        Assert.Equal(TimeSpan.FromSeconds(2), options.MaxWait);
    }

    [Theory]
    [InlineData("-export asciicast f", ExportFormat.Asciicast2)]
    [InlineData("-export asciicast2 f", ExportFormat.Asciicast2)]
    [InlineData("-export asciicast3 f", ExportFormat.Asciicast3)]
    [InlineData("-export text f", ExportFormat.Text)]
    [InlineData("f -export typescript -timing t", ExportFormat.Typescript)]
    public void Formats_have_names(string line, object format) => Assert.Equal(format, Read(line).Format);

    [Fact]
    public void A_value_may_begin_with_a_dash_and_a_file_after_two()
    {
        ReplayOptions options = ArgumentReader.Read(["-grep", "-rf", "--", "-file", "--"]);
        Assert.Equal("-rf", options.SearchText);
        Assert.Equal(["-file", "--"], options.Files);
    }

    [Fact]
    public void One_dash_alone_is_standard_input() => Assert.Equal(["-"], Read("-follow -").Files);

    [Theory]
    [InlineData("", "no file")]
    [InlineData("-bogus f", "-bogus")]
    [InlineData("--speed", "-speed needs a value")]
    [InlineData("-replay -speed x f", "-speed")]
    [InlineData("-replay -speed 0 f", "-speed")]
    [InlineData("-replay -speed -1 f", "-speed")]
    [InlineData("-replay -speed NaN f", "-speed")]
    [InlineData("-replay -speed 1e9 f", "-speed")]
    [InlineData("-replay -max-wait soon f", "-max-wait")]
    [InlineData("-replay=maybe f", "-replay")]
    [InlineData("-export gif f", "-export knows")]
    [InlineData("-export text f g", "one file")]
    [InlineData("-follow f g", "one file")]
    [InlineData("-replay -export text f", "exclude")]
    [InlineData("-replay -grep x f", "exclude")]
    [InlineData("-grep= f", "-grep")]
    [InlineData("-speed 2 f", "-speed belongs to -replay")]
    [InlineData("-max-wait 2s -export text f", "-max-wait belongs to -replay")]
    [InlineData("-replay -follow -speed 2 f", "-speed has no meaning")]
    [InlineData("-timing t f", "-timing")]
    [InlineData("-timing t -export text f", "-timing")]
    public void Nonsense_is_refused_with_its_reason(string line, string reason)
    {
        var error = Assert.Throws<UsageException>(() => Read(line));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-h", ReplayAction.ShowUsage)]
    [InlineData("f --help -replay -export text", ReplayAction.ShowUsage)]
    [InlineData("-version", ReplayAction.ShowVersion)]
    public void Help_and_version_need_no_files(string line, object action) => Assert.Equal(action, Read(line).Action);

    private static ReplayOptions Read(string line) => ArgumentReader.Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
