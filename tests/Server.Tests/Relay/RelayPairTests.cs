using System.Text;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class RelayPairTests
{
    private static PermitPolicy Without(PermitConfiguration permit) => new(permit, []);

    private static string RequestType(byte[] message) => Encoding.ASCII.GetString(message, 9, (int)RelayFixture.Read32(message, 5));

    [Fact]
    public async Task Ids_are_translated_and_data_arrives_unchanged_in_both_directions()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint forClient, uint forDestination) = await relay.OpenSessionAsync(clientId: 77, destinationId: 1234);
        byte[] data = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];
        await relay.SendAsync(Side.Client, MessageId.ChannelData, (ref SshWriter w) =>
        {
            w.WriteUInt32(forClient);
            w.WriteString(data);
        });
        byte[] up = await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        Assert.Equal(1234u, RelayFixture.Read32(up, 1));
        Assert.Equal(data, up[9..]);

        await relay.SendAsync(Side.Destination, MessageId.ChannelExtendedData, (ref SshWriter w) =>
        {
            w.WriteUInt32(forDestination);
            w.WriteUInt32(1);
            w.WriteString(data);
        });
        byte[] down = await relay.ReadAsync(Side.Client, MessageId.ChannelExtendedData);
        Assert.Equal(77u, RelayFixture.Read32(down, 1));
        Assert.Equal(data, down[13..]);
        Assert.Equal((3000UL, 3000UL), relay.Pair.DataBytes);
    }

    [Fact]
    public async Task A_refusal_of_ours_waits_for_the_destinations_earlier_reply()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(Without(PermitConfiguration.Default with { X11 = PermitRule.Deny }));
        (uint channel, uint slot) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "pty-req", wantReply: true);
        await relay.RequestAsync(Side.Client, channel, "x11-req", wantReply: true);
        await relay.RequestAsync(Side.Client, channel, "shell", wantReply: true);
        Assert.Equal("pty-req", RequestType(await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest)));
        Assert.Equal("shell", RequestType(await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest)));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(slot));
        await relay.SendAsync(Side.Destination, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(slot));

        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
        await relay.ReadAsync(Side.Client, MessageId.ChannelFailure);
        await relay.ReadAsync(Side.Client, MessageId.ChannelSuccess);
    }

    [Fact]
    public async Task The_payload_of_a_global_reply_reaches_its_request()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await relay.GlobalRequestAsync(Side.Client, "tcpip-forward", wantReply: true, (ref SshWriter w) =>
        {
            w.WriteString("");
            w.WriteUInt32(0);
        });
        await relay.GlobalRequestAsync(Side.Client, "keepalive@openssh.com", wantReply: true);
        await relay.ReadAsync(Side.Destination, MessageId.GlobalRequest);
        await relay.SendAsync(Side.Destination, MessageId.RequestSuccess, (ref SshWriter w) => w.WriteUInt32(40123));
        Assert.Equal(40123u, RelayFixture.Read32(await relay.ReadAsync(Side.Client, MessageId.RequestSuccess), 1));
        await relay.ReadAsync(Side.Client, MessageId.RequestFailure);
    }

    [Theory]
    [InlineData("x11")]
    [InlineData("auth-agent@openssh.com")]
    [InlineData("forwarded-tcpip")]
    [InlineData("forwarded-streamlocal@openssh.com")]
    [InlineData("session")]
    [InlineData("tun@openssh.com")]
    public async Task A_destination_opens_nothing_that_was_not_asked_for(string type)
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await relay.SendAsync(Side.Destination, MessageId.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString(type);
            w.WriteUInt32(3);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
        });
        byte[] failure = await relay.ReadAsync(Side.Destination, MessageId.ChannelOpenFailure);
        Assert.Equal(3u, RelayFixture.Read32(failure, 1));
        Assert.Equal((uint)OpenFailureReason.AdministrativelyProhibited, RelayFixture.Read32(failure, 5));
    }

    [Fact]
    public async Task An_agent_channel_passes_once_agent_forwarding_was_requested()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.RequestAsync(Side.Client, channel, "auth-agent-req@openssh.com", wantReply: false);
        await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest);
        await relay.SendAsync(Side.Destination, MessageId.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("auth-agent@openssh.com");
            w.WriteUInt32(3);
            w.WriteUInt32(1000);
            w.WriteUInt32(1000);
        });
        await relay.ReadAsync(Side.Client, MessageId.ChannelOpen);
    }

    [Fact]
    public async Task Eof_passes_alone_and_close_frees_the_number()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            (uint channel, uint slot) = await relay.OpenSessionAsync();
            Assert.Equal(0u, slot);
            await relay.SendAsync(Side.Client, MessageId.ChannelEof, (ref SshWriter w) => w.WriteUInt32(channel));
            await relay.ReadAsync(Side.Destination, MessageId.ChannelEof);
            await relay.SendAsync(Side.Destination, MessageId.ChannelData, (ref SshWriter w) =>
            {
                w.WriteUInt32(slot);
                w.WriteString("still here");
            });
            await relay.ReadAsync(Side.Client, MessageId.ChannelData);
            await relay.SendAsync(Side.Destination, MessageId.ChannelClose, (ref SshWriter w) => w.WriteUInt32(slot));
            await relay.ReadAsync(Side.Client, MessageId.ChannelClose);
            await relay.SendAsync(Side.Client, MessageId.ChannelClose, (ref SshWriter w) => w.WriteUInt32(channel));
            await relay.ReadAsync(Side.Destination, MessageId.ChannelClose);
        }
    }

    [Fact]
    public async Task Channel_messages_to_come_pass_with_their_number_rewritten()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, _) = await relay.OpenSessionAsync(destinationId: 4711);
        await relay.SendAsync(Side.Client, (MessageId)120, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteString("what is this");
        });
        byte[] message = await relay.ReadAsync(Side.Destination, (MessageId)120);
        Assert.Equal(4711u, RelayFixture.Read32(message, 1));
    }

    [Fact]
    public async Task Other_unknown_messages_are_answered_as_unimplemented_and_the_connection_goes_on()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await relay.SendAsync(Side.Client, (MessageId)150, (ref SshWriter w) => w.WriteUInt32(0));
        await relay.OpenSessionAsync();
    }

    [Theory]
    [InlineData("data to a channel that is not there")]
    [InlineData("data beyond the window")]
    [InlineData("data after eof")]
    [InlineData("window past its limit")]
    [InlineData("unsolicited channel success")]
    [InlineData("unsolicited request success")]
    [InlineData("confirmation of nothing")]
    [InlineData("confirmation of its own channel")]
    [InlineData("kex message in the open")]
    [InlineData("data with a false length")]
    public async Task A_client_that_breaks_the_protocol_is_disconnected(string what)
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (uint channel, _) = await relay.OpenSessionAsync(window: 1000);
        switch (what)
        {
            case "data to a channel that is not there":
                relay.Write(Side.Client, MessageId.ChannelData, (ref SshWriter w) => Data(ref w, channel + 1, 1));
                break;
            case "data beyond the window":
                relay.Write(Side.Client, MessageId.ChannelData, (ref SshWriter w) => Data(ref w, channel, 1101));
                break;
            case "data after eof":
                relay.Write(Side.Client, MessageId.ChannelEof, (ref SshWriter w) => w.WriteUInt32(channel));
                relay.Write(Side.Client, MessageId.ChannelData, (ref SshWriter w) => Data(ref w, channel, 1));
                break;
            case "window past its limit":
                relay.Write(Side.Client, MessageId.ChannelWindowAdjust, (ref SshWriter w) => Numbers(ref w, channel, uint.MaxValue));
                break;
            case "unsolicited channel success":
                relay.Write(Side.Client, MessageId.ChannelSuccess, (ref SshWriter w) => w.WriteUInt32(channel));
                break;
            case "unsolicited request success":
                relay.Write(Side.Client, MessageId.RequestSuccess, (ref SshWriter _) => { });
                break;
            case "confirmation of nothing":
                relay.Write(Side.Client, MessageId.ChannelOpenConfirmation, (ref SshWriter w) => Numbers(ref w, 99, 1, 1, 1));
                break;
            case "confirmation of its own channel":
                relay.Write(Side.Client, MessageId.ChannelOpenConfirmation, (ref SshWriter w) => Numbers(ref w, channel, 1, 1, 1));
                break;
            case "kex message in the open":
                relay.Write(Side.Client, MessageId.KexEcdhInit, (ref SshWriter w) => w.WriteString("x"));
                break;
            case "data with a false length":
                relay.Write(Side.Client, MessageId.ChannelData, (ref SshWriter w) => Numbers(ref w, channel, 500));
                break;
        }

        await relay.Client.FlushAsync();
        RelayEnd end = await relay.EndAsync();
        Assert.Equal(Side.Client, end.Side);
        Assert.True(end.TellOrigin);
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => DrainAsync(relay, Side.Client));
        var closed = await Assert.ThrowsAsync<SshConnectionClosedException>(() => DrainAsync(relay, Side.Destination));
        Assert.Equal(DisconnectReason.ByApplication, closed.Reason);
    }

    [Fact]
    public async Task A_hundred_thousand_refused_opens_leave_the_connection_usable()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        Task reading = Task.Run(async () =>
        {
            for (int i = 0; i < 100_000; i++) await relay.ReadAsync(Side.Client, MessageId.ChannelOpenFailure);
        });
        for (int i = 0; i < 100_000; i++)
        {
            relay.Write(Side.Client, MessageId.ChannelOpen, (ref SshWriter w) =>
            {
                w.WriteString("fancy@example.org");
                Numbers(ref w, 1, 2, 3);
            });
            if (i % 1000 == 0) await relay.Client.FlushAsync();
        }

        await relay.Client.FlushAsync();
        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        await relay.OpenSessionAsync();
    }

    [Fact]
    public async Task The_gateway_proves_its_own_host_keys_and_no_others()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        byte[] blob = relay.Client.HostKey!.Blob.ToArray();
        await relay.GlobalRequestAsync(Side.Client, "hostkeys-prove-00@openssh.com", wantReply: true, (ref SshWriter w) => w.WriteString(blob));
        byte[] proof = await relay.ReadAsync(Side.Client, MessageId.RequestSuccess);
        var reader = new SshReader(proof.AsSpan(1));
        var signed = new SshWriter([]);
        signed.WriteString("hostkeys-prove-00@openssh.com");
        signed.WriteString(relay.Client.SessionId.Span);
        signed.WriteString(blob);
        Assert.True(relay.Client.HostKey.Verify("ssh-ed25519", signed.Written, reader.ReadString()));

        blob[^1] ^= 1;
        await relay.GlobalRequestAsync(Side.Client, "hostkeys-prove-00@openssh.com", wantReply: true, (ref SshWriter w) => w.WriteString(blob));
        await relay.ReadAsync(Side.Client, MessageId.RequestFailure);
    }

    [Fact]
    public async Task The_destinations_host_keys_are_not_announced_to_the_client()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await relay.GlobalRequestAsync(Side.Destination, "hostkeys-00@openssh.com", wantReply: false, (ref SshWriter w) => w.WriteString("x"));
        // Had it been forwarded it would come before the channel's confirmation.
        await relay.OpenSessionAsync();
    }

    [Fact]
    public async Task Extensions_of_openssh_are_kept_from_a_destination_that_is_none()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync(destinationVersion: "dropbear_2022.83");
        (uint channel, _) = await relay.OpenSessionAsync();
        await relay.GlobalRequestAsync(Side.Client, "no-more-sessions@openssh.com", wantReply: false);
        await relay.RequestAsync(Side.Client, channel, "eow@openssh.com", wantReply: false);
        await relay.RequestAsync(Side.Client, channel, "signal", wantReply: false);
        Assert.Equal("signal", RequestType(await relay.ReadAsync(Side.Destination, MessageId.ChannelRequest)));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_destinations_connection()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        await relay.Client.DisconnectAsync(DisconnectReason.ByApplication, "disconnected by user");
        RelayEnd end = await relay.EndAsync();
        Assert.Equal(Side.Client, end.Side);
        Assert.False(end.TellOrigin);
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => DrainAsync(relay, Side.Destination));
    }

    [Fact]
    public async Task What_a_destination_sent_before_it_left_still_arrives()
    {
        await using RelayFixture relay = await RelayFixture.StartAsync();
        (_, uint slot) = await relay.OpenSessionAsync();
        for (int i = 0; i < 100; i++) relay.Write(Side.Destination, MessageId.ChannelData, (ref SshWriter w) => Data(ref w, slot, 1000));
        await relay.Destination.FlushAsync();
        await relay.Destination.DisconnectAsync(DisconnectReason.ByApplication, "bye");
        for (int i = 0; i < 100; i++) await relay.ReadAsync(Side.Client, MessageId.ChannelData);
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => DrainAsync(relay, Side.Client));
    }

    [Fact]
    public async Task Both_legs_renew_their_keys_under_load_from_all_four_ends_without_losing_a_byte()
    {
        var small = new Protocol.Transport.RekeyLimits { Bytes = 4096 };
        await using RelayFixture relay = await RelayFixture.StartAsync(own: small);
        (uint channel, uint slot) = await relay.OpenSessionAsync(window: 1 << 30);
        const int Rounds = 1000;
        Task[] work =
        [
            SendAllAsync(relay, Side.Client, channel, Rounds),
            SendAllAsync(relay, Side.Destination, slot, Rounds),
        ];
        Task<int>[] reading = [ReceiveAllAsync(relay, Side.Client), ReceiveAllAsync(relay, Side.Destination)];
        Task all = Task.WhenAll(work);
        await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(60)));
        Assert.True(all.IsCompleted, relay.Describe());
        await all;

        // Each end says goodbye behind its data, so what the other has read by then is all there was.
        await relay.SendAsync(Side.Client, MessageId.ChannelEof, (ref SshWriter w) => w.WriteUInt32(channel));
        await relay.SendAsync(Side.Destination, MessageId.ChannelEof, (ref SshWriter w) => w.WriteUInt32(slot));
        int[] received = await Task.WhenAll(reading).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(received, count => Assert.Equal(Rounds, count));
        Assert.True(relay.Client.KeyExchanges > 1, $"{relay.Client.KeyExchanges} key exchanges on the client's leg");
        Assert.True(relay.Destination.KeyExchanges > 1, $"{relay.Destination.KeyExchanges} key exchanges on the destination's leg");
    }

    private static async Task SendAllAsync(RelayFixture relay, Side side, uint channel, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            byte[] data = new byte[1000];
            Array.Fill(data, (byte)i);
            relay.Write(side, MessageId.ChannelData, (ref SshWriter w) =>
            {
                w.WriteUInt32(channel);
                w.WriteString(data);
            });
            // The peers begin exchanges of their own, too.
            if (i % 97 == 0) relay[side].StartRekey();
            await relay[side].FlushAsync();
            while (relay[side].IsGateClosed) await relay[side].WaitForGateAsync();
        }
    }

    /// <summary>Reads up to the channel's EOF: key exchanges go on only while somebody reads.</summary>
    private static async Task<int> ReceiveAllAsync(RelayFixture relay, Side side)
    {
        for (int i = 0; ; i++)
        {
            byte[] message = await relay.ReadAsync(side);
            if ((MessageId)message[0] == MessageId.ChannelEof) return i;
            Assert.Equal(1009, message.Length);
            Assert.True(!message.AsSpan(9).ContainsAnyExcept((byte)i), $"message {i} was altered");
        }
    }

    private static void Data(ref SshWriter writer, uint channel, int length)
    {
        writer.WriteUInt32(channel);
        writer.WriteString(new byte[length]);
    }

    private static void Numbers(ref SshWriter writer, params ReadOnlySpan<uint> values)
    {
        foreach (uint value in values) writer.WriteUInt32(value);
    }

    private static async Task DrainAsync(RelayFixture relay, Side side)
    {
        while (true) await relay.ReadAsync(side);
    }
}
