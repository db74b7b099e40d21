using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class EndOfFileTests(TestBed bed)
{
    [Theory]
    [InlineData("cat", "one\ntwo\n")]
    [InlineData("sort", "c\nb\na\n")]
    [InlineData("wc -c", "")]
    [InlineData("tee /dev/stderr | rev", "abc\ndef\n")]
    public async Task The_end_of_the_input_ends_the_command(string command, string input)
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.SshAsync(["target", command], System.Text.Encoding.UTF8.GetBytes(input))));
        Assert.Equal(0, direct.Status);
        Assert.NotEmpty(direct.Text("stdout") + input);
    }

    [Fact]
    public async Task Input_sent_right_behind_the_command_is_not_lost()
    {
        byte[] input = SampleData.Random(1 << 20);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["target", "cat"], input)));
        Assert.Equal(input, direct.Bytes("stdout"));
    }

    [Fact]
    public async Task A_command_that_closed_its_output_still_reads()
    {
        byte[] input = SampleData.Random(300_000);
        Outcome direct = await bed.CompareAsync(async route =>
        {
            string file = Path.Combine(route.NewFolder("halfclose"), "file");
            ProcessResult result = await route.SshAsync(["target", $"exec >&- 2>&-; cat > {file}; exit 4"], input);
            return route.Outcome(result).With("file", Outcome.HashOfFile(file));
        });
        Assert.Equal(4, direct.Status);
    }

    [Fact]
    public async Task A_command_that_does_not_read_ends_although_input_is_waiting()
    {
        byte[] input = SampleData.Random(6 << 20);
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await route.SshAsync(["target", "head -c 5 | wc -c; exit 6"], input)));
        Assert.Equal("5\n", direct.Text("stdout"));
        Assert.Equal(6, direct.Status);
    }

    [Fact]
    public async Task Yes_into_head_ends_on_the_far_side() =>
        Assert.Equal("y\n", (await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("target", "yes | head -1")))).Text("stdout"));

    [Fact]
    public async Task Yes_into_a_local_head_ends()
    {
        // The client says eow@openssh.com only to a peer that calls itself OpenSSH; the destination's yes must die of it or of the close.
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await route.BashAsync("ssh -F $CONF target yes | head -1; echo ${PIPESTATUS[*]}")));
        Assert.StartsWith("y\n", direct.Text("stdout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_input_the_command_sees_an_empty_one() =>
        Assert.Equal("0\n", (await bed.CompareAsync(async route => route.Outcome(await route.SshAsync("-n", "target", "wc -c")))).Text("stdout"));
}
