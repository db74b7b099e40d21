using SshGateway.Protocol.Connection;
using SshGateway.Protocol.Tests.Transport;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Connection;

/// <summary>A peer that breaks the connection protocol: the connection ends with a DISCONNECT that says so.</summary>
public class BreachTests
{
    private const int Window = 1000;

    private static readonly Dictionary<string, Action<SshTransport>> Breaches = new(StringComparer.Ordinal)
    {
        ["data over the window"] = peer => Send(peer, Data(0, 800), Data(0, 201)),
        ["extended data over the window"] = peer => Send(peer, Data(0, 800), Extended(0, 1, 201)),
        ["extended data of an unknown type over the window"] = peer => Send(peer, Extended(0, 77, 499), Extended(0, 77, 502)),
        ["a packet over the maximum"] = peer => Send(peer, Data(0, 901)),
        ["data after EOF"] = peer => Send(peer, Short(MessageId.ChannelEof, 0), Data(0, 1)),
        ["a second EOF"] = peer => Send(peer, Short(MessageId.ChannelEof, 0), Short(MessageId.ChannelEof, 0)),
        ["data after CLOSE"] = peer => Send(peer, Short(MessageId.ChannelClose, 0), Data(0, 1)),
        ["a second CLOSE"] = peer => Send(peer, Short(MessageId.ChannelClose, 0), Short(MessageId.ChannelClose, 0)),
        ["data for an unknown channel"] = peer => Send(peer, Data(1, 1)),
        ["data for channel 2^32-1"] = peer => Send(peer, Data(uint.MaxValue, 1)),
        ["data for a channel that is not confirmed"] = peer => Send(peer, Open("pending"), Data(1, 1)),
        ["CLOSE of a channel that is not confirmed"] = peer => Send(peer, Open("pending"), Short(MessageId.ChannelClose, 1)),
        ["a window past 2^32-1"] = peer => Send(peer, Adjust(0, uint.MaxValue - 5), Adjust(0, 10_000)),
        ["unsolicited CHANNEL_SUCCESS"] = peer => Send(peer, Short(MessageId.ChannelSuccess, 0)),
        ["unsolicited CHANNEL_FAILURE"] = peer => Send(peer, Short(MessageId.ChannelFailure, 0)),
        ["unsolicited REQUEST_SUCCESS"] = peer => Send(peer, [(byte)MessageId.RequestSuccess]),
        ["unsolicited REQUEST_FAILURE"] = peer => Send(peer, [(byte)MessageId.RequestFailure]),
        ["confirmation of an open channel"] = peer => Send(peer, Confirmation(0)),
        ["failure of an open channel"] = peer => Send(peer, Failure(0)),
        ["confirmation of one's own channel"] = peer => Send(peer, Open("pending"), Confirmation(1)),
        ["an open with a maximum packet of 0"] = peer => Send(peer, Open("session", maxPacket: 0)),
        ["trailing bytes behind data"] = peer => Send(peer, [.. Data(0, 4), 0]),
        ["data shorter than announced"] = peer => Send(peer, Data(0, 4)[..^1]),
        ["a truncated channel number"] = peer => Send(peer, [(byte)MessageId.ChannelEof, 0, 0, 0]),
        ["an empty request"] = peer => Send(peer, [(byte)MessageId.ChannelRequest, 0, 0, 0, 0]),
        ["a request name of 1 GiB"] = peer => Send(peer, [(byte)MessageId.GlobalRequest, 0x40, 0, 0, 0, (byte)'x']),
        ["control characters in a request name"] = peer => Send(peer, [(byte)MessageId.GlobalRequest, 0, 0, 0, 1, 27, 1]),
        ["USERAUTH_SUCCESS"] = peer => Send(peer, [(byte)MessageId.UserauthSuccess]),
        ["SERVICE_REQUEST"] = peer => Send(peer, [(byte)MessageId.ServiceRequest, 0, 0, 0, 0]),
        ["a method message of authentication"] = peer => Send(peer, [61, 0, 0, 0, 0]),
    };

    public static TheoryData<string> Names => [.. Breaches.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_breach_ends_the_connection(string name)
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        var connection = new SshConnection(pair.Server, Options());
        Task run = Task.Run(() => connection.RunAsync());
        Send(pair.Client, Open("session"));
        byte[] confirmation = await pair.Client.ReadMessageAsync().AsTask().WaitAsync(TransportPair.Patience);
        Assert.Equal(MessageId.ChannelOpenConfirmation, (MessageId)confirmation[0]);

        Breaches[name](pair.Client);
        var told = await Assert.ThrowsAsync<SshConnectionClosedException>(() => ReadUntilDisconnectedAsync(pair.Client).WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ProtocolError, told.Reason);
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => run.WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ProtocolError, error.Reason);
    }

    [Fact]
    public async Task The_same_peer_within_the_rules_is_served()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        var connection = new SshConnection(pair.Server, Options());
        Task run = Task.Run(() => connection.RunAsync());
        // A request after success is ignored (RFC 4252 §5.1); an unknown one is answered with UNIMPLEMENTED, which the transport keeps to itself.
        Send(pair.Client, Open("session"), [(byte)MessageId.UserauthRequest, 1], Data(0, 500), Extended(0, 1, 250), Extended(0, 77, 200));
        Send(pair.Client, Adjust(0, uint.MaxValue - Window), Short(MessageId.ChannelEof, 0), Short(MessageId.ChannelClose, 0), [150], Open("session"));
        MessageId[] answers = [MessageId.ChannelOpenConfirmation, MessageId.ChannelClose, MessageId.ChannelOpenConfirmation];
        foreach (MessageId expected in answers)
        {
            byte[] message = await pair.Client.ReadMessageAsync().AsTask().WaitAsync(TransportPair.Patience);
            Assert.Equal(expected, (MessageId)message[0]);
        }

        await pair.Client.DisconnectAsync(DisconnectReason.ByApplication, "bye");
        await run.WaitAsync(TransportPair.Patience);
    }

    [Fact]
    public async Task A_hundred_thousand_refused_opens_leave_nothing_behind()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        var connection = new SshConnection(pair.Server);
        Task run = Task.Run(() => connection.RunAsync());
        for (int i = 0; i < 100; i++)
        {
            for (int k = 0; k < 1000; k++) pair.Client.Write(Open("session"));
            for (int k = 0; k < 1000; k++)
                Assert.Equal(MessageId.ChannelOpenFailure, (MessageId)(await pair.Client.ReadMessageAsync())[0]);
        }

        Assert.Equal(0, connection.ChannelCount);
        pair.Client.Abort();
        await run.WaitAsync(TransportPair.Patience);
    }

    private static SshConnectionOptions Options() => new()
    {
        InitialWindow = Window,
        MaxPacket = 900,
        ChannelOpening = request =>
        {
            if (request.ChannelType == "session") request.Accept();
        },
    };

    private static async Task ReadUntilDisconnectedAsync(SshTransport peer)
    {
        while (true) await peer.ReadMessageAsync();
    }

    private static void Send(SshTransport peer, params byte[][] messages)
    {
        foreach (byte[] message in messages) peer.Write(message);
        peer.FlushInBackground();
    }

    private static byte[] Open(string type, uint maxPacket = 32_768)
    {
        using var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteMessageId(MessageId.ChannelOpen);
        writer.WriteString(type);
        writer.WriteUInt32(7);
        writer.WriteUInt32(Window);
        writer.WriteUInt32(maxPacket);
        return writer.ToArray();
    }

    private static byte[] Confirmation(uint channel) => Message(MessageId.ChannelOpenConfirmation, channel, 7, Window, 32_768);

    private static byte[] Failure(uint channel) => Message(MessageId.ChannelOpenFailure, channel, 1, 0, 0);

    private static byte[] Adjust(uint channel, uint bytes) => Message(MessageId.ChannelWindowAdjust, channel, bytes);

    private static byte[] Short(MessageId id, uint channel) => Message(id, channel);

    private static byte[] Data(uint channel, int length) => [.. Message(MessageId.ChannelData, channel, (uint)length), .. new byte[length]];

    private static byte[] Extended(uint channel, uint type, int length) =>
        [.. Message(MessageId.ChannelExtendedData, channel, type, (uint)length), .. new byte[length]];

    private static byte[] Message(MessageId id, params uint[] fields)
    {
        using var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteMessageId(id);
        foreach (uint field in fields) writer.WriteUInt32(field);
        return writer.ToArray();
    }
}
