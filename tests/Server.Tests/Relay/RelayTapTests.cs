using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Commands;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class RelayTapTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static void Status(ref SshWriter w) => w.WriteUInt32(3);

    private static RelayFixture.Fields Id(uint id) => (ref SshWriter w) => w.WriteUInt32(id);

    private static RelayFixture.Fields Data(uint id, string text) => (ref SshWriter w) =>
    {
        w.WriteUInt32(id);
        w.WriteString(text);
    };

    private static RelayFixture.Fields Error(uint id, string text) => (ref SshWriter w) =>
    {
        w.WriteUInt32(id);
        w.WriteUInt32(1);
        w.WriteString(text);
    };

    [Fact]
    public async Task A_tap_sees_a_session_from_its_opening_to_its_close_in_the_order_of_the_wire()
    {
        var tap = new RecordingTap();
        await using (RelayFixture relay = await RelayFixture.StartAsync(tap: tap))
        {
            (uint channel, uint slot) = await relay.OpenSessionAsync();
            await relay.RequestAsync(Side.Client, channel, "pty-req", wantReply: false, (ref SshWriter w) =>
            {
                w.WriteString("xterm");
                w.WriteUInt32(80);
                w.WriteUInt32(24);
                w.WriteUInt32(0);
                w.WriteUInt32(0);
                w.WriteString([0]);
            });
            await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("id"));
            await relay.RequestAsync(Side.Client, channel, "window-change", wantReply: false, (ref SshWriter w) =>
            {
                w.WriteUInt32(100);
                w.WriteUInt32(50);
                w.WriteUInt32(0);
                w.WriteUInt32(0);
            });
            await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "in"));
            for (int i = 0; i < 4; i++) await relay.ReadAsync(Side.Destination);
            await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, "out"));
            await relay.SendAsync(Side.Destination, MessageId.ChannelExtendedData, Error(slot, "err"));
            await relay.RequestAsync(Side.Destination, slot, "exit-status", wantReply: false, Status);
            await relay.SendAsync(Side.Destination, MessageId.ChannelEof, Id(slot));
            await relay.SendAsync(Side.Destination, MessageId.ChannelClose, Id(slot));
            for (int i = 0; i < 5; i++) await relay.ReadAsync(Side.Client);
            await relay.SendAsync(Side.Client, MessageId.ChannelClose, Id(channel));
            await relay.ReadAsync(Side.Destination, MessageId.ChannelClose);
        }

        Assert.Equal(
            [
                "opening 0 session by Client 0", "confirmed", "terminal xterm 80x24", "request Client pty-req 30", "starting exec [id] asked exec [id]",
                "resized 100x50", "request Client window-change 16", "data 0 [in]", "data 1 [out]", "data 2 [err]", "exited 3",
                "request Destination exit-status 4", "eof Destination", "closed", "ended",
            ],
            tap.Lines);
    }

    [Fact]
    public async Task A_forced_command_is_told_with_what_was_asked_for()
    {
        var tap = new RecordingTap();
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tap, commands: new CommandRules { ForceCommand = "uptime" });
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "subsystem", wantReply: false, (ref SshWriter w) => w.WriteString("sftp"));
        await relay.ReadAsync(Side.Destination);
        Assert.Contains("starting exec [uptime] asked subsystem [sftp]", tap.Lines);
    }

    [Fact]
    public async Task The_exit_status_waits_until_everything_before_it_is_stored()
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tap = new RecordingTap { Settled = stored.Task };
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tap);
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, "last words"));
        await relay.RequestAsync(Side.Destination, slot, "exit-status", wantReply: false, Status);
        await relay.SendAsync(Side.Destination, MessageId.ChannelClose, Id(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        await tap.SettleAsked.Task.WaitAsync(Patience);
        Assert.DoesNotContain("exited 3", tap.Lines);
        // The other direction is not held up.
        await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "x"));
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        stored.SetResult();
        await relay.ReadAsync(Side.Client, MessageId.ChannelRequest);
        await relay.ReadAsync(Side.Client, MessageId.ChannelClose);
    }

    [Fact]
    public async Task A_tap_that_never_settles_delays_the_exit_status_for_a_bounded_time()
    {
        var tap = new RecordingTap { Settled = new TaskCompletionSource().Task };
        var limits = new RelayLimits { TapPatience = TimeSpan.FromMilliseconds(50) };
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tap, limits: limits);
        (_, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Destination, slot, "exit-status", wantReply: false, Status);
        byte[] status = await relay.ReadAsync(Side.Client, MessageId.ChannelRequest);
        Assert.Equal(5u, RelayFixture.Read32(status, 1));
    }

    [Fact]
    public async Task Nothing_is_started_before_the_tap_is_prepared()
    {
        var prepared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tap = new RecordingTap { Prepared = prepared.Task };
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tap);
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("id"));
        await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "typed"));
        await tap.PrepareAsked.Task.WaitAsync(Patience);
        Assert.DoesNotContain(tap.Lines, line => line.StartsWith("starting", StringComparison.Ordinal));
        // The other direction is not held up.
        await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, "x"));
        await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        prepared.SetResult();
        await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        Assert.Equal(["starting exec [id] asked exec [id]", "data 0 [typed]"], tap.Lines.TakeLast(2));
    }

    [Fact]
    public async Task A_tap_that_never_lets_a_program_start_ends_with_the_connection()
    {
        var tap = new RecordingTap { Prepared = new TaskCompletionSource().Task };
        RelayFixture relay = await RelayFixture.StartAsync(tap: tap);
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: false);
        await tap.PrepareAsked.Task.WaitAsync(Patience);
        relay.Destination.Abort();
        await relay.EndAsync();
        await relay.DisposeAsync();
        Assert.Equal(["closed", "ended"], tap.Lines.TakeLast(2));
    }

    [Fact]
    public async Task A_full_tap_stops_the_reading_and_is_let_go_when_the_connection_ends()
    {
        var tap = new RecordingTap();
        RelayFixture relay = await RelayFixture.StartAsync(tap: tap);
        (uint channel, _) = await relay.OpenSessionAsync();
        tap.Room = new TaskCompletionSource().Task;
        await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "one"));
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        await tap.RoomAsked.Task.WaitAsync(Patience);
        // The destination's pump still runs; its end ends the one that waits.
        relay.Destination.Abort();
        await relay.EndAsync();
        await relay.DisposeAsync();
        Assert.Equal(["closed", "ended"], tap.Lines.TakeLast(2));
    }

    [Fact]
    public async Task A_full_tap_that_gets_room_goes_on()
    {
        var tap = new RecordingTap();
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tap);
        (uint channel, _) = await relay.OpenSessionAsync();
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        tap.Room = room.Task;
        await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "one"));
        await tap.RoomAsked.Task.WaitAsync(Patience);
        await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "two"));
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        Assert.DoesNotContain("data 0 [two]", tap.Lines);
        room.SetResult();
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        Assert.Contains("data 0 [two]", tap.Lines);
    }

    [Fact]
    public async Task Several_taps_see_the_same()
    {
        var first = new RecordingTap();
        var second = new RecordingTap();
        await using (RelayFixture relay = await RelayFixture.StartAsync(tap: RelayTaps.Join([first, second])))
        {
            (uint channel, _) = await relay.OpenSessionAsync();
            await relay.SendAsync(Side.Client, MessageId.ChannelData, Data(channel, "both"));
            await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        }

        Assert.Contains("data 0 [both]", first.Lines);
        Assert.Equal(first.Lines, second.Lines);
    }
}
