using SshGateway.Protocol.Ciphers;
using SshGateway.Protocol.Tests.Ciphers;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

/// <summary>Where the bytes of packets are kept, and for how long.</summary>
public class BufferTests
{
    /// <summary>A debug build makes an object for each call of an asynchronous method: some per batch, far from one per packet (24 bytes each).</summary>
#if DEBUG
    private const int AllowedBytes = 5_000;
#else
    private const int AllowedBytes = 0;
#endif

    public static TheoryData<string, string?> Constructions => PacketPair.Theory();

    [Fact]
    public async Task A_connection_that_waits_holds_no_buffer()
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync();
        for (int i = 0; i < 3; i++)
        {
            await pair.AssertCarriesAsync(fromClient: true, 30_000);
            await pair.AssertCarriesAsync(fromClient: false, 30_000);
        }

        // The inboxes have taken every message, so both readers are about to wait.
        Assert.True(SpinWait.SpinUntil(() => pair.ClientStream.WaitsWithoutBuffer && pair.ServerStream.WaitsWithoutBuffer, TransportPair.Patience));
    }

    [Fact]
    public async Task What_a_peer_announces_is_not_allocated_before_it_comes()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        Task<byte[]> read = pair.Server.ReadMessageAsync().AsTask();
        // A GCM packet says its length in the clear: 256 KiB, and one byte of it.
        await pair.ClientStream.WriteAsync(new byte[] { 0, 4, 0, 0, 1 });
        await Assert.ThrowsAsync<TimeoutException>(() => read.WaitAsync(TimeSpan.FromMilliseconds(20)));
        Assert.InRange(pair.ServerStream.LongestRead, 1, 16 * 1024);
        pair.Client.Abort();
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => read.WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task A_reader_under_load_takes_more_at_a_time()
    {
        var wire = new CountingStream();
        using (var writer = new PacketWriter(wire))
        {
            writer.WriteNewKeys(Create("aes128-gcm@openssh.com", null).Sealer, resetSequenceNumber: true, []);
            await writer.FlushAsync();
            wire.SetLength(0);
            for (int i = 0; i < 1000; i++) writer.Write(new byte[1000]);
            await writer.FlushAsync();
        }

        wire.Position = 0;
        using var reader = new PacketReader(wire);
        reader.ChangeKeys(Create("aes128-gcm@openssh.com", null).Opener, resetSequenceNumber: true);
        for (int i = 0; i < 1000; i++) Assert.Equal(1000, (await ReadAsync(reader)).Length);
        Assert.InRange(wire.Reads, 4, 20);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(35_000 - 5 - 16)]
    [InlineData(100_000)]
    [InlineData(256 * 1024 - 100)]
    public async Task Packets_up_to_the_limit_pass(int size)
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync();
        await pair.AssertCarriesAsync(fromClient: true, size);
        await pair.AssertCarriesAsync(fromClient: false, size);
    }

    [Theory]
    [InlineData(false, 35_001)]
    [InlineData(true, 256 * 1024 + 1)]
    public async Task A_packet_over_the_limit_ends_the_connection(bool authenticated, int size)
    {
        await using TransportPair pair = TransportPair.Create();
        await pair.HandshakeAsync();
        if (authenticated) pair.Server.SetAuthenticated();
        byte[] message = new byte[size];
        message[0] = 94;
        pair.Client.Write(message);
        pair.Client.FlushInBackground();
        var error = await Assert.ThrowsAsync<SshProtocolException>(() => pair.Server.ReadMessageAsync().AsTask().WaitAsync(TransportPair.Patience));
        Assert.Equal(DisconnectReason.ProtocolError, error.Reason);
    }

    [Fact]
    public async Task A_sequence_number_that_wraps_before_keys_are_there_is_refused_and_one_after_is_not()
    {
        foreach (bool encrypted in (bool[])[false, true])
        {
            var wire = new MemoryStream();
            using var writer = new PacketWriter(wire);
            if (encrypted) writer.WriteNewKeys(Create("aes128-gcm@openssh.com", null).Sealer, resetSequenceNumber: true, []);
            await writer.FlushAsync();
            long start = wire.Length;
            writer.Write([(byte)MessageId.Ignore]);
            writer.Write([(byte)MessageId.Ignore]);
            await writer.FlushAsync();
            wire.Position = start;
            using var reader = new PacketReader(wire, uint.MaxValue - 1);
            if (encrypted) reader.ChangeKeys(Create("aes128-gcm@openssh.com", null).Opener, resetSequenceNumber: false);
            Assert.True(await reader.FillAsync());
            Assert.NotNull(Take(reader));
            Assert.Equal(uint.MaxValue, reader.SequenceNumber);
            if (encrypted) Assert.NotNull(Take(reader));
            else Assert.Throws<SshProtocolException>(() => Take(reader));
            Assert.Equal(0u, reader.SequenceNumber);
        }
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public async Task Forwarding_a_packet_allocates_nothing(string cipher, string? mac)
    {
        const int Packets = 2_000;
        long least = long.MaxValue;
        // The shared pool may give a buffer back to the system between two runs: the best of several counts.
        for (int run = 0; run < 4 && least > 0; run++)
        {
            using PacketReader reader = await SealedAsync(cipher, mac, Packets);
            using var writer = new PacketWriter(Stream.Null);
            writer.WriteNewKeys(Create(cipher, mac).Sealer, resetSequenceNumber: true, []);
            Relay(reader, writer, Packets / 4);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Relay(reader, writer, Packets / 2);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, AllowedBytes);
    }

    [Theory]
    [MemberData(nameof(Constructions))]
    public async Task A_forwarded_packet_arrives_as_it_was(string cipher, string? mac)
    {
        using PacketReader reader = await SealedAsync(cipher, mac, 50);
        var wire = new MemoryStream();
        using var writer = new PacketWriter(wire);
        writer.WriteNewKeys(Create(cipher, mac).Sealer, resetSequenceNumber: true, []);
        long start = 0;
        await writer.FlushAsync();
        start = wire.Length;
        Relay(reader, writer, 50);
        wire.Position = start;
        using var target = new PacketReader(wire) { MaxPacketLength = PacketReader.MaxLengthAfterAuthentication };
        target.ChangeKeys(Create(cipher, mac).Opener, resetSequenceNumber: true);
        for (int i = 0; i < 50; i++) Assert.Equal(Message(i), await ReadAsync(target));
    }

    /// <summary>A reader over packets that were sealed before.</summary>
    private static async Task<PacketReader> SealedAsync(string cipher, string? mac, int count)
    {
        var wire = new MemoryStream();
        using (var writer = new PacketWriter(wire))
        {
            writer.WriteNewKeys(Create(cipher, mac).Sealer, resetSequenceNumber: true, []);
            await writer.FlushAsync();
            wire.SetLength(0);
            for (int i = 0; i < count; i++) writer.Write(Message(i));
            await writer.FlushAsync();
        }

        wire.Position = 0;
        var reader = new PacketReader(wire) { MaxPacketLength = PacketReader.MaxLengthAfterAuthentication };
        reader.ChangeKeys(Create(cipher, mac).Opener, resetSequenceNumber: true);
        return reader;
    }

    private static (PacketSealer Sealer, PacketOpener Opener) Create(string cipher, string? mac)
    {
        var pair = new PacketPair(cipher, mac);
        return (pair.Sealer, pair.Opener);
    }

    private static void Relay(PacketReader reader, PacketWriter writer, int packets)
    {
        while (packets > 0)
        {
            while (packets > 0 && reader.TryRead(out PacketView packet))
            {
                writer.Forward(packet);
                packets--;
            }

            ValueTask flush = writer.FlushAsync();
            Assert.True(flush.IsCompletedSuccessfully);
            if (packets == 0) return;
            ValueTask<bool> fill = reader.FillAsync();
            if (!fill.IsCompletedSuccessfully || !fill.Result) Assert.Fail("the memory stream must complete at once and hold enough");
        }
    }

    private static byte[] Message(int number)
    {
        byte[] message = new byte[1 + (number * 37 % 2_000)];
        new Random(number).NextBytes(message);
        message[0] = 94;
        return message;
    }

    private static async Task<byte[]> ReadAsync(PacketReader reader)
    {
        while (true)
        {
            if (Take(reader) is { } payload) return payload;
            Assert.True(await reader.FillAsync());
        }
    }

    private static byte[]? Take(PacketReader reader) => reader.TryRead(out PacketView packet) ? packet.Payload.ToArray() : null;

    private sealed class CountingStream : MemoryStream
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
