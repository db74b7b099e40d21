using System.Text;
using SshGateway.Server.Ctl;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.Relay.Taps;
using SshGateway.Server.Tests.Recording;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Ctl;

public sealed class WatchSessionTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private readonly CtlFixture _ctl = new();
    private readonly SessionFeeds _feeds = new();
    private readonly MemoryStream _shown = new();

    [Fact]
    public async Task A_session_is_shown_byte_for_byte_until_it_ends_and_who_looked_is_in_the_history()
    {
        _ctl.Live = new LiveSessions(_feeds, _shown);
        IRelayTap connection = (await _feeds.OpenAsync(RecordingFixture.Context("ABCDEF0123", "bob")))!;
        IChannelTap channel = RecordingFixture.Open(connection);
        channel.TerminalRequested("xterm", new(100, 30));
        Task<CtlResult> watching = _ctl.RunAsync("watch", "-session", "abcdef0123");
        while (!_feeds.Find("ABCDEF0123")!.IsWatched) await Task.Yield();
        byte[] output = [.. "no UTF-8: "u8, 0xff, 0xc3, .. "\r\n"u8];
        channel.Data(DataStream.Output, output);
        await connection.EndedAsync();
        CtlResult result = await watching.WaitAsync(RecordingFixture.Patience);
        Assert.Equal(0, result.Code);
        Assert.Equal(output, _shown.ToArray());
        Assert.StartsWith("session ABCDEF0123 of bob at node1:22, terminal of 100x30; Ctrl-C leaves it\n", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("the session has ended\n", result.Error, StringComparison.Ordinal);
        EventRecord noted = Assert.Single(await _ctl.EventsAsync());
        Assert.Equal(("ctl", "watch", "bob", "ABCDEF0123"), (noted.Kind, noted.Message, noted.User, noted.Connection));
    }

    [Fact]
    public async Task A_session_of_another_gateway_is_said_to_be_there_and_an_unknown_one_unknown()
    {
        _ctl.Live = new LiveSessions(_feeds, _shown);
        await _ctl.ConnectAsync(CtlFixture.Connection("0000000001", "alice", "login", "n1:22", Start));
        Assert.Contains("session 0000000001 is on gateway gw1", (await _ctl.RunAsync("watch", "-session", "0000000001")).Error, StringComparison.Ordinal);
        CtlResult unknown = await _ctl.RunAsync("watch", "-session", "FFFFFFFFFF");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("there is no session FFFFFFFFFF", unknown.Error, StringComparison.Ordinal);
        Assert.Empty(await _ctl.EventsAsync());
    }

    [Fact]
    public async Task A_process_of_its_own_asks_the_gateway()
    {
        Assert.Equal(10, (await _ctl.RunAsync("watch", "-session", "0000000001")).Code);
        Assert.Equal(1, _ctl.InGateway);
    }

    [Fact]
    public async Task The_option_goes_with_nothing_else() =>
        Assert.Equal(2, (await _ctl.RunAsync("watch", "hosts", "-session", "0000000001")).Code);

    [Fact]
    public async Task A_terminal_is_left_as_it_was()
    {
        _ctl.Live = new LiveSessions(_feeds, _shown);
        _ctl.Terminal = new(true, 80, 24, false);
        IRelayTap connection = (await _feeds.OpenAsync(RecordingFixture.Context("ABCDEF0123")))!;
        Task<CtlResult> watching = _ctl.RunAsync("watch", "-session", "ABCDEF0123");
        while (!_feeds.Find("ABCDEF0123")!.IsWatched) await Task.Yield();
        RecordingFixture.Open(connection).Data(DataStream.Output, Encoding.ASCII.GetBytes("\u001b[?1049h\u001b[?25l"));
        await connection.EndedAsync();
        Assert.Contains("\u001b[?1049l\u001b[?25h", (await watching.WaitAsync(RecordingFixture.Patience)).Output, StringComparison.Ordinal);
    }
}
