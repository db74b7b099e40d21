using System.IO.Compression;
using SshGateway.Protocol.KeyExchange;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

public sealed class PayloadCompressionTests
{
    private const int Limit = 35_000;

    [Fact]
    public void Payloads_of_one_stream_come_back()
    {
        using var compressor = new PayloadCompressor();
        using var decompressor = new PayloadDecompressor();
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] payload = new byte[1 + random.Next(20_000)];
            if (i % 2 == 0) random.NextBytes(payload);
            PacketView packet = decompressor.Decompress(View(compressor.Compress(payload)), Limit);
            Assert.True(payload.AsSpan().SequenceEqual(packet.Payload));
        }
    }

    [Theory]
    [InlineData(Limit, true)]
    [InlineData(Limit + 1, false)]
    [InlineData(100_000_000, false)]
    public void What_inflates_beyond_the_limit_is_refused_without_being_held(int size, bool accepted)
    {
        using var compressor = new PayloadCompressor();
        using var decompressor = new PayloadDecompressor();
        byte[] compressed = compressor.Compress(new byte[size]).ToArray();
        if (accepted)
        {
            Assert.Equal(size, decompressor.Decompress(View(compressed), Limit).PayloadLength);
            return;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<SshProtocolException>(() => { decompressor.Decompress(View(compressed), Limit); });
        Assert.Equal(DisconnectReason.CompressionError, error.Reason);
        // Besides the compressed bytes themselves, some doublings of one buffer.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (3 * compressed.Length) + 500_000);
    }

    [Fact]
    public void What_is_no_zlib_data_or_goes_on_behind_its_end_is_refused()
    {
        var ended = new MemoryStream();
        using (var zlib = new ZLibStream(ended, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write("whole"u8);
        byte[][] bad = [[1], [0x78], [0x78, 0x9c], new byte[100], [0x78, 0x9c, 0xff, 0xff, 0xff]];
        foreach (byte[] payload in bad)
        {
            using var decompressor = new PayloadDecompressor();
            Assert.Throws<SshProtocolException>(() => { decompressor.Decompress(View(payload), Limit); });
        }

        using var finished = new PayloadDecompressor();
        Assert.Equal(5, finished.Decompress(View(ended.ToArray()), Limit).PayloadLength);
        Assert.Throws<SshProtocolException>(() => { finished.Decompress(View(ended.ToArray()), Limit); });
    }

    [Fact]
    public async Task It_begins_after_authentication_and_carries_everything_across_a_rekey()
    {
        string[] zlib = ["zlib@openssh.com"];
        await using TransportPair pair = TransportPair.Create(
            TransportPair.ClientOptions with { Algorithms = AlgorithmDefaults.Client with { Compressions = zlib } },
            TransportPair.ServerOptions with { Algorithms = AlgorithmDefaults.Server with { Compressions = zlib } });
        await pair.HandshakeAsync();
        pair.StartReading();
        await pair.AssertCarriesAsync(fromClient: true, 5);
        await pair.AssertCarriesAsync(fromClient: false, 5);
        // Nothing is on its way here, as where a user has just been authenticated.
        pair.Client.SetAuthenticated();
        pair.Server.SetAuthenticated();
        byte[] zeros = new byte[30_000];
        zeros[0] = 94;
        ulong before = pair.Client.BytesSent;
        pair.Client.Write(zeros);
        pair.Client.FlushInBackground();
        Assert.Equal(zeros, await pair.ServerInbox.ReadAsync());
        Assert.InRange(pair.Client.BytesSent - before, 1UL, 1_000UL);
        for (int i = 0; i < 20; i++)
        {
            await pair.AssertCarriesAsync(fromClient: true, 30_000);
            await pair.AssertCarriesAsync(fromClient: false, 30_000);
            if (i != 10) continue;
            pair.Client.StartRekey();
            pair.Client.FlushInBackground();
            await pair.AssertKeyExchangesAsync(2);
        }

        Assert.Equal("zlib@openssh.com", pair.Client.Algorithms!.CompressionOut);
    }

    private static PacketView View(ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[PacketView.HeaderLength + payload.Length + PacketView.MinTrailer];
        payload.CopyTo(frame.AsSpan(PacketView.HeaderLength));
        return new PacketView(frame, payload.Length, 0);
    }
}
