using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class RelayMessageTests
{
    private static RelayFixture.Fields Id(uint id) => (ref SshWriter w) => w.WriteUInt32(id);

    private static RelayFixture.Fields Data(uint id, byte[] data) => (ref SshWriter w) =>
    {
        w.WriteUInt32(id);
        w.WriteString(data);
    };

    private static RelayFixture.Fields Adjust(uint id, uint bytes) => (ref SshWriter w) =>
    {
        w.WriteUInt32(id);
        w.WriteUInt32(bytes);
    };

    private static byte[] Filled(int count, byte value) => [.. Enumerable.Repeat(value, count)];

    private static string Text(byte[] data) => Encoding.UTF8.GetString(data, 9, data.Length - 9);

    /// <summary>A session that has a terminal and runs a shell.</summary>
    private static async Task<(uint ForClient, uint ForDestination)> OpenTerminalAsync(RelayFixture relay, uint window = 100_000, bool granted = true, uint id = 5)
    {
        (uint channel, uint slot) = await relay.OpenSessionAsync(id, id + 10, window);
        await relay.RequestAsync(Side.Client, channel, "pty-req", wantReply: true);
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        for (int i = 0; i < 2; i++) await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        await relay.SendAsync(Side.Destination, granted ? MessageId.ChannelSuccess : MessageId.ChannelFailure, Id(slot));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, Id(slot));
        for (int i = 0; i < 2; i++) await relay.ReadAsync(Side.Client);
        return (channel, slot);
    }

    [Fact]
    public async Task A_message_is_shown_on_terminals_and_nowhere_else()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint plain, _) = await relay.OpenSessionAsync(1, 11);
        await relay.RequestAsync(Side.Client, plain, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("rsync"));
        await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        await OpenTerminalAsync(relay, granted: false, id: 2);
        await OpenTerminalAsync(relay, id: 3);
        Assert.Equal(1, await relay.Pair.TellAsync("going down\nin 5 minutes"));
        byte[] shown = await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        Assert.Equal(3u, RelayFixture.Read32(shown, 1));
        Assert.Equal("\r\ngoing down\r\nin 5 minutes\r\n", Text(shown));
    }

    [Fact]
    public async Task Control_characters_of_a_message_are_escaped()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await OpenTerminalAsync(relay);
        await relay.Pair.TellAsync("a\u001b]0;title\u0007b");
        Assert.Equal("\r\na\\x1b]0;title\\x07b\r\n", Text(await relay.ReadAsync(Side.Client, MessageId.ChannelData)));
    }

    [Fact]
    public async Task Before_a_program_was_started_nothing_is_shown()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "pty-req", wantReply: false);
        await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        Assert.Equal(0, await relay.Pair.TellAsync("x"));
    }

    [Fact]
    public async Task After_the_destinations_end_of_file_nothing_is_shown()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (_, uint slot) = await OpenTerminalAsync(relay);
        await relay.SendAsync(Side.Destination, MessageId.ChannelEof, Id(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelEof);
        Assert.Equal(0, await relay.Pair.TellAsync("x"));
    }

    [Fact]
    public async Task What_was_shown_is_withheld_from_the_next_grants_and_nothing_more()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, _) = await OpenTerminalAsync(relay);
        await relay.Pair.TellAsync("12345678");
        await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        // Twelve bytes with the line ends: five and seven of them.
        await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, 5));
        await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, 1000));
        await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, 77));
        Assert.Equal(993u, RelayFixture.Read32(await relay.ReadAsync(Side.Destination, MessageId.ChannelWindowAdjust), 5));
        Assert.Equal(77u, RelayFixture.Read32(await relay.ReadAsync(Side.Destination, MessageId.ChannelWindowAdjust), 5));
    }

    [Fact]
    public async Task The_client_never_gets_more_than_its_window_and_the_rest_follows_in_order()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, uint slot) = await OpenTerminalAsync(relay, window: 20);
        await relay.Pair.TellAsync("12345678");
        Assert.Equal(12, (await relay.ReadAsync(Side.Client, MessageId.ChannelData)).Length - 9);
        // The destination knows nothing of that: it uses all of its window, and ends.
        await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, Filled(20, 200)));
        await relay.RequestAsync(Side.Destination, slot, "exit-status", wantReply: false, (ref SshWriter w) => w.WriteUInt32(0));
        await relay.SendAsync(Side.Destination, MessageId.ChannelEof, Id(slot));
        await relay.SendAsync(Side.Destination, MessageId.ChannelClose, Id(slot));
        Assert.Equal(8, (await relay.ReadAsync(Side.Client, MessageId.ChannelData)).Length - 9);
        await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, 2));
        Assert.Equal(2, (await relay.ReadAsync(Side.Client, MessageId.ChannelData)).Length - 9);
        await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, 100));
        Assert.Equal(10, (await relay.ReadAsync(Side.Client, MessageId.ChannelData)).Length - 9);
        await relay.ReadAsync(Side.Client, MessageId.ChannelRequest);
        await relay.ReadAsync(Side.Client, MessageId.ChannelEof);
        await relay.ReadAsync(Side.Client, MessageId.ChannelClose);
    }

    [Fact]
    public async Task A_client_that_closes_with_bytes_still_waiting_gets_the_destinations_close()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, uint slot) = await OpenTerminalAsync(relay, window: 12);
        await relay.Pair.TellAsync("12345678");
        await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, Filled(12, 200)));
        await relay.SendAsync(Side.Destination, MessageId.ChannelClose, Id(slot));
        await relay.SendAsync(Side.Client, MessageId.ChannelClose, Id(channel));
        await relay.ReadAsync(Side.Client, MessageId.ChannelClose);
        await relay.ReadAsync(Side.Destination, MessageId.ChannelClose);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(7, 40)]
    [InlineData(64, 60)]
    [InlineData(1000, 200)]
    public async Task Messages_among_data_change_no_byte_and_overdraw_no_window(int window, int messages)
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, uint slot) = await OpenTerminalAsync(relay, (uint)window);
        byte[] sent = [.. Enumerable.Range(0, window * 50).Select(i => (byte)(128 + (i % 97)))];
        Task sending = SendAllAsync(relay, slot, sent, window);
        Task<byte[]> receiving = ReceiveAllAsync(relay, channel, window);
        var shown = new StringBuilder();
        for (int i = 0; i < messages; i++)
        {
            string message = $"m{i}";
            if (await relay.Pair.TellAsync(message) == 1) shown.Append($"\r\n{message}\r\n");
        }

        await sending;
        byte[] received = await receiving;
        Assert.Equal(sent, received.Where(b => b >= 128));
        Assert.Equal(shown.ToString(), Encoding.ASCII.GetString([.. received.Where(b => b < 128)]));
    }

    /// <summary>A destination that sends as much as its window lets it, and closes.</summary>
    private static async Task SendAllAsync(RelayFixture relay, uint slot, byte[] data, int window)
    {
        for (int at = 0; at < data.Length;)
        {
            int count = Math.Min(window, data.Length - at);
            if (count == 0)
            {
                window += (int)RelayFixture.Read32(await relay.ReadAsync(Side.Destination, MessageId.ChannelWindowAdjust), 5);
                continue;
            }

            await relay.SendAsync(Side.Destination, MessageId.ChannelData, Data(slot, data[at..(at + count)]));
            at += count;
            window -= count;
        }

        await relay.SendAsync(Side.Destination, MessageId.ChannelClose, Id(slot));
    }

    /// <summary>A client that insists on its window and grants what it has read when half of it is used up.</summary>
    private static async Task<byte[]> ReceiveAllAsync(RelayFixture relay, uint channel, int window)
    {
        var received = new List<byte>();
        int left = window;
        while (true)
        {
            byte[] message = await relay.ReadAsync(Side.Client);
            if ((MessageId)message[0] == MessageId.ChannelClose) return [.. received];
            Assert.Equal(MessageId.ChannelData, (MessageId)message[0]);
            received.AddRange(message[9..]);
            left -= message.Length - 9;
            Assert.True(left >= 0, $"the window is overdrawn by {-left}");
            if (left > window / 2) continue;
            await relay.SendAsync(Side.Client, MessageId.ChannelWindowAdjust, Adjust(channel, (uint)(window - left)));
            left = window;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_greeting_comes_before_the_first_sessions_output_and_only_there(bool terminal)
    {
        var tap = new RecordingTap();
        await using RelayFixture relay = await RelayFixture.StartAsync(greeting: "one\ntwo\n"u8.ToArray(), tap: tap);
        (uint channel, _) = await relay.OpenSessionAsync(1, 11);
        if (terminal) await relay.RequestAsync(Side.Client, channel, "pty-req", wantReply: false);
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("id"));
        byte[] shown = await relay.ReadAsync(Side.Client, terminal ? MessageId.ChannelData : MessageId.ChannelExtendedData);
        Assert.EndsWith(terminal ? "one\r\ntwo\r\n" : "one\ntwo\n", Encoding.UTF8.GetString(shown), StringComparison.Ordinal);
        Assert.Contains(terminal ? "data 1 [one\r\ntwo\r\n]" : "data 2 [one\ntwo\n]", tap.Lines);

        for (int i = 0; i < (terminal ? 2 : 1); i++) await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        (uint second, uint slot) = await relay.OpenSessionAsync(2, 12);
        await relay.RequestAsync(Side.Client, second, "exec", wantReply: true, (ref SshWriter w) => w.WriteString("id"));
        // An answer to what has not been asked yet would break the protocol.
        await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, Id(slot));
        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
    }

    [Fact]
    public async Task A_long_text_for_a_client_that_takes_a_byte_at_a_time_arrives_whole()
    {
        byte[] text = [.. Enumerable.Range(0, 20_000).Select(i => (byte)('a' + (i % 26)))];
        await using RelayFixture relay = await RelayFixture.StartAsync(greeting: text);
        (uint channel, _) = await relay.OpenSessionAsync(maxPacket: 1);
        await relay.RequestAsync(Side.Client, channel, "exec", wantReply: false, (ref SshWriter w) => w.WriteString("id"));
        var received = new List<byte>();
        while (received.Count < text.Length) received.Add(Assert.Single((await relay.ReadAsync(Side.Client, MessageId.ChannelExtendedData))[13..]));
        Assert.Equal(text, received);
    }
}
