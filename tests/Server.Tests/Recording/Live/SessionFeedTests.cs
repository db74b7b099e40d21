using System.Text;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Recording.Live;

public sealed class SessionFeedTests
{
    [Fact]
    public async Task A_watcher_sees_what_is_shown_from_then_on_and_nothing_that_is_typed()
    {
        var feeds = new SessionFeeds();
        IRelayTap connection = (await feeds.OpenAsync(RecordingFixture.Context("0123456789")))!;
        IChannelTap channel = RecordingFixture.Open(connection);
        channel.Data(DataStream.Output, "before"u8);
        SessionFeed feed = feeds.Find("0123456789")!;
        SessionWatcher watcher = feed.Watch();
        channel.Data(DataStream.Typed, "secret"u8);
        channel.Data(DataStream.Output, "out"u8);
        channel.Data(DataStream.Error, "err"u8);
        Assert.Equal("outerr", await TakeAsync(watcher));
        await connection.EndedAsync();
        Assert.Null(await watcher.TakeAsync(CancellationToken.None));
        Assert.Null(feeds.Find("0123456789"));
    }

    [Fact]
    public async Task A_watcher_that_does_not_keep_up_is_told_what_it_has_missed_and_goes_on()
    {
        var feeds = new SessionFeeds();
        IRelayTap connection = (await feeds.OpenAsync(RecordingFixture.Context("0123456789")))!;
        IChannelTap channel = RecordingFixture.Open(connection);
        SessionFeed feed = feeds.Find("0123456789")!;
        SessionWatcher slow = feed.Watch();
        byte[] piece = new byte[SessionWatcher.Limit / 4];
        Array.Fill(piece, (byte)'x');
        for (int i = 0; i < 10; i++) channel.Data(DataStream.Output, piece);
        Assert.Equal(SessionWatcher.Limit, (await TakeAsync(slow)).Length);
        channel.Data(DataStream.Output, "again"u8);
        Assert.Equal($"\r\n[{6 * piece.Length} bytes are left out: they came faster than they are shown]\r\nagain", await TakeAsync(slow));
    }

    [Fact]
    public async Task A_watcher_that_has_left_holds_nothing_and_one_that_comes_too_late_ends_at_once()
    {
        var feeds = new SessionFeeds();
        IRelayTap connection = (await feeds.OpenAsync(RecordingFixture.Context("0123456789")))!;
        SessionFeed feed = feeds.Find("0123456789")!;
        SessionWatcher watcher = feed.Watch();
        Assert.True(feed.IsWatched);
        feed.Leave(watcher);
        Assert.False(feed.IsWatched);
        await connection.EndedAsync();
        Assert.Null(await feed.Watch().TakeAsync(CancellationToken.None));
    }

    private static async Task<string> TakeAsync(SessionWatcher watcher) =>
        string.Concat((await watcher.TakeAsync(CancellationToken.None).WaitAsync(RecordingFixture.Patience))!.Select(Encoding.ASCII.GetString));
}
