using SshGateway.Interop.Tests.Harness;
using Xunit;

namespace SshGateway.Interop.Tests.Transparency;

[Collection(SessionCollection.Name)]
public sealed class ManySessionsTests(TestBed bed)
{
    [Fact]
    public async Task Twenty_connections_at_once_keep_their_data_apart()
    {
        Outcome direct = await bed.CompareAsync(async route =>
        {
            ProcessResult[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
                route.SshAsync(["target", $"cat; exit {number}"], SampleData.Random(300_000, number))));
            return results.Aggregate(new Outcome(), (outcome, result) => outcome.With("", result));
        });
        Assert.Equal(20, direct.Pieces.Count(piece => piece.Name == "stdout" && piece.Value.Length == 300_000));
    }

    [Fact]
    public async Task A_hundred_channels_with_large_windows_share_a_connection()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await Python.RunClientAsync("many_channels.py", route, "100", "65536", (64 << 20).ToString())));
        Assert.Equal("100 channels, 6553600 bytes, statuses 4950\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task A_channel_with_a_tiny_window_and_packet_size_gets_everything()
    {
        Outcome direct = await bed.CompareAsync(async route =>
            route.Outcome(await Python.RunClientAsync("many_channels.py", route, "3", "200000", "4096")));
        Assert.Equal("3 channels, 600000 bytes, statuses 3\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task No_more_sessions_means_it_on_either_way()
    {
        // The destination ends a connection that opens a session after having promised none; so it must through the gateway.
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await Python.RunClientAsync("no_more_sessions.py", route)));
        Assert.Equal("before: 0\nafter: lost\n", direct.Text("stdout"));
    }

    [Fact]
    public async Task Sixty_sessions_one_after_the_other_reuse_the_connection()
    {
        Outcome direct = await bed.CompareAsync(async route => route.Outcome(await Python.RunClientAsync("sequential_channels.py", route, "60")));
        Assert.Equal("60 sessions, statuses 1770\n", direct.Text("stdout"));
    }
}
