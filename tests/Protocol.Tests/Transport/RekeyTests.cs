using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

public class RekeyTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(20_000)]
    public async Task Keys_are_renewed_by_bytes_on_both_sides_at_once_under_load(int bytes)
    {
        var limits = new RekeyLimits { Bytes = (ulong)bytes };
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(
            TransportPair.ClientOptions with { RekeyLimits = limits }, TransportPair.ServerOptions with { RekeyLimits = limits });
        const int Messages = 300;
        Task forth = SendAsync(pair.Client, Messages), back = SendAsync(pair.Server, Messages);
        for (int i = 0; i < Messages; i++)
        {
            Assert.Equal(Content(i), await pair.ServerInbox.ReadAsync());
            Assert.Equal(Content(i), await pair.ClientInbox.ReadAsync());
        }

        await Task.WhenAll(forth, back).WaitAsync(TransportPair.Patience);
        // The limit was passed many times over. How many exchanges came of it depends on how far the senders ran ahead; where they had sent
        // everything before the first was begun, it comes with the next messages.
        for (int i = 0; i < 1000 && pair.Client.KeyExchanges < 2; i++)
        {
            await pair.AssertCarriesAsync(fromClient: true, 10);
            await pair.AssertCarriesAsync(fromClient: false, 10);
        }

        Assert.True(pair.Client.KeyExchanges >= 2, $"{pair.Client.KeyExchanges} key exchanges");
    }

    [Fact]
    public async Task Keys_are_renewed_by_packets()
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(TransportPair.ClientOptions with { RekeyLimits = new RekeyLimits { Packets = 10 } });
        for (int i = 0; i < 100; i++) await pair.AssertCarriesAsync(fromClient: i % 2 == 0, 5);
        Assert.InRange(pair.Server.KeyExchanges, 4, 15);
    }

    [Fact]
    public async Task Keys_are_renewed_by_age()
    {
        var time = new ManualTime();
        await using TransportPair pair = await TransportPair.ConnectReadingAsync(TransportPair.ClientOptions with { TimeProvider = time });
        time.Advance(TimeSpan.FromMinutes(59));
        await pair.AssertCarriesAsync(fromClient: false, 5);
        Assert.False(pair.Client.NeedsRekey);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(pair.Client.NeedsRekey);
        await pair.AssertKeyExchangesAsync(2);
        Assert.False(pair.Client.NeedsRekey);
    }

    [Theory]
    [InlineData("aes128-gcm@openssh.com", 1UL << 36)]
    [InlineData("chacha20-poly1305@openssh.com", 1UL << 30)]
    public void Without_a_configured_limit_the_block_size_decides(string cipher, ulong expected)
    {
        Assert.True(Protocol.Ciphers.CipherCatalog.TryGetCipher(cipher, out Protocol.Ciphers.CipherAlgorithm? algorithm));
        Assert.Equal(expected, new RekeyLimits().BytesFor(algorithm.BlockSize));
    }

    [Fact]
    public async Task A_key_exchange_that_does_not_end_becomes_overdue()
    {
        var time = new ManualTime();
        await using TransportPair pair = await TransportPair.ConnectAsync(TransportPair.ClientOptions with { TimeProvider = time });
        pair.Client.StartRekey();
        Assert.False(pair.Client.IsKeyExchangeOverdue);
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.True(pair.Client.IsKeyExchangeOverdue);
    }

    [Fact]
    public async Task Messages_wait_behind_the_gate_in_order_and_key_exchange_does_not()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        pair.Client.StartRekey();
        Assert.True(pair.Client.IsGateClosed);
        Task gate = pair.Client.WaitForGateAsync();
        ulong sent = pair.Client.BytesSent;
        for (int i = 0; i < 50; i++) pair.Client.Write(Content(i));
        Assert.Equal(sent, pair.Client.BytesSent);
        Assert.False(gate.IsCompleted);
        pair.Client.FlushInBackground();
        pair.StartReading();
        for (int i = 0; i < 50; i++) Assert.Equal(Content(i), await pair.ServerInbox.ReadAsync());
        await gate.WaitAsync(TransportPair.Patience);
        Assert.True(pair.Client.WaitForGateAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_waits_behind_the_gate_is_bounded()
    {
        byte[] message = new byte[32 * 1024];
        message[0] = 94;
        // What is passed on by one who waits for it: 2 MiB. What the peer makes us answer: less than half a MiB.
        Assert.Equal((63, DisconnectReason.KeyExchangeFailed), await CountHeldAsync(transport => transport.WriteAwaited(message)));
        Assert.Equal((14, DisconnectReason.ByApplication), await CountHeldAsync(transport => transport.Write(message)));
    }

    private static async Task<(int Written, DisconnectReason Reason)> CountHeldAsync(Action<SshTransport> write)
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        pair.Client.StartRekey();
        int written = 0;
        var error = Assert.Throws<SshProtocolException>(() =>
        {
            for (; written < 1_000; written++) write(pair.Client);
        });
        return (written, error.Reason);
    }

    [Fact]
    public async Task Whoever_waits_at_the_gate_is_let_go_when_the_connection_ends()
    {
        await using TransportPair pair = await TransportPair.ConnectAsync();
        pair.Client.StartRekey();
        Task gate = pair.Client.WaitForGateAsync();
        pair.Client.Abort();
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => gate.WaitAsync(TransportPair.Patience));
        await Assert.ThrowsAsync<SshConnectionClosedException>(() => pair.Client.WaitForGateAsync().WaitAsync(TransportPair.Patience));
    }

    [Fact]
    public async Task Both_sides_may_begin_at_the_same_time_many_times()
    {
        await using TransportPair pair = await TransportPair.ConnectReadingAsync();
        for (int i = 2; i < 30; i++)
        {
            pair.Client.StartRekey();
            pair.Server.StartRekey();
            pair.Client.FlushInBackground();
            pair.Server.FlushInBackground();
            await pair.AssertKeyExchangesAsync(i);
        }
    }

    private static byte[] Content(int number) => [94, (byte)number, (byte)(number >> 8), .. new byte[200]];

    private static async Task SendAsync(SshTransport transport, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await transport.WaitForGateAsync();
            transport.Write(Content(i));
            await transport.FlushAsync();
            await Task.Yield();
        }
    }
}
