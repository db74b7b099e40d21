using System.Buffers.Binary;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Relay;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Relay;

public sealed class RelayCostTests
{
    private const int Packets = 64;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_relayed_packet_allocates_nothing_with_a_tap_or_without(bool tapped)
    {
        var tap = new CountingTap();
        await using RelayFixture relay = await RelayFixture.StartAsync(tap: tapped ? tap : null);
        (uint channel, _) = await relay.OpenSessionAsync(window: uint.MaxValue);
        byte[] frame = Frame(channel);
        var allocated = new List<long>();
        Task reading = ReadAsync(relay, 20 * Packets);
        for (int round = 0; round < 20; round++)
        {
            allocated.Add(Forward(relay.Pair, channel, frame));
            await relay.DestinationLeg.FlushAsync();
        }

        await reading;
        // A buffer that the pool had to make is no cost of a packet; what a packet costs shows in every round.
        Assert.Contains(0, allocated);
        Assert.Equal(tapped ? 20 * Packets * 1000 : 0, tap.Bytes);
    }

    [Fact]
    public async Task Activity_is_noticed_by_the_tick_after_it()
    {
        var time = new SteppedTime();
        await using RelayFixture relay = await RelayFixture.StartAsync(time: time);
        DateTimeOffset start = relay.Pair.LastActive;
        Assert.Equal(time.GetUtcNow(), start);
        (uint channel, _) = await relay.OpenSessionAsync();
        time.Now += TimeSpan.FromMinutes(1);
        relay.Pair.Tick();
        Assert.Equal(start, relay.Pair.LastActive);
        await relay.SendAsync(Side.Client, MessageId.ChannelData, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteString("x");
        });
        await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
        relay.Pair.Tick();
        Assert.Equal(start + TimeSpan.FromMinutes(1), relay.Pair.LastActive);
    }

    /// <summary>CHANNEL_DATA of 1,000 bytes.</summary>
    private static byte[] Frame(uint channel)
    {
        byte[] frame = new byte[PacketView.FrameHeaderLength + 9 + 1000];
        Span<byte> payload = frame.AsSpan(PacketView.FrameHeaderLength);
        payload[0] = (byte)MessageId.ChannelData;
        BinaryPrimitives.WriteUInt32BigEndian(payload[1..], channel);
        BinaryPrimitives.WriteUInt32BigEndian(payload[5..], 1000);
        return frame;
    }

    private static long Forward(RelayPair pair, uint channel, byte[] frame)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Packets; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(PacketView.FrameHeaderLength + 1), channel);
            pair.Handle(Side.Client, PacketView.FromFrame(frame));
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static async Task ReadAsync(RelayFixture relay, int packets)
    {
        for (int i = 0; i < packets; i++) await relay.ReadAsync(Side.Destination, MessageId.ChannelData);
    }

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class CountingTap : IRelayTap, IChannelTap
    {
        public long Bytes { get; private set; }

        public IChannelTap? ChannelOpening(in ChannelOpening opening) => this;

        public void Data(DataStream stream, ReadOnlySpan<byte> bytes) => Bytes += bytes.Length;
    }
}
