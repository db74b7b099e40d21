using System.Text;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using SshGateway.Server.Listeners;
using SshGateway.Server.Tests.Relay;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class RefusedConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs one session against a refused connection; returns what it was sent after its start, message by message.</summary>
    private static async Task<List<byte[]>> RunAsync(bool terminal, uint window, uint maxPacket = 32768, string output = "no\nway\n")
    {
        (SshTransport client, SshTransport server) = await RelayFixture.JoinAsync(PrivateKey.GenerateEd25519(), "OpenSSH_9.2", "OpenSSH-SshGateway", null, null);
        await using SshTransport _ = client, __ = server;
        Task running = new RefusedConnection(server, "no way", Encoding.UTF8.GetBytes(output), 7).RunAsync();
        await SendAsync(client, MessageId.ChannelOpen, (ref SshWriter w) =>
        {
            w.WriteString("session");
            w.WriteUInt32(3);
            w.WriteUInt32(window);
            w.WriteUInt32(maxPacket);
        });
        Assert.Equal(MessageId.ChannelOpenConfirmation, (MessageId)(await ReadAsync(client))[0]);
        if (terminal) await SendAsync(client, MessageId.ChannelRequest, Request("pty-req"));
        await SendAsync(client, MessageId.ChannelRequest, Request("shell"));
        var received = new List<byte[]>();
        int left = (int)window;
        do
        {
            byte[] message = await ReadAsync(client);
            received.Add(message);
            if ((MessageId)message[0] != MessageId.ChannelExtendedData) continue;
            left -= message.Length - 13;
            Assert.True(left >= 0 && message.Length - 13 <= maxPacket);
            if (left > 0) continue;
            await SendAsync(client, MessageId.ChannelWindowAdjust, (ref SshWriter w) =>
            {
                w.WriteUInt32(0);
                w.WriteUInt32(window);
            });
            left = (int)window;
        }
        while ((MessageId)received[^1][0] != MessageId.ChannelClose);
        client.Abort();
        await running.WaitAsync(Patience);
        return received;
    }

    private static RelayFixture.Fields Request(string type) => (ref SshWriter w) =>
    {
        w.WriteUInt32(0);
        w.WriteString(type);
        w.WriteBoolean(false);
    };

    private static async Task SendAsync(SshTransport transport, MessageId id, RelayFixture.Fields fields)
    {
        var writer = new SshWriter([]);
        writer.WriteMessageId(id);
        fields(ref writer);
        transport.Write(writer.Written);
        await transport.FlushAsync();
    }

    private static async Task<byte[]> ReadAsync(SshTransport transport)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await transport.ReadMessageAsync(limit.Token);
    }

    private static string TextOf(IEnumerable<byte[]> messages) =>
        string.Concat(messages.Where(m => (MessageId)m[0] == MessageId.ChannelExtendedData).Select(m => Encoding.UTF8.GetString(m, 13, m.Length - 13)));

    [Theory]
    [InlineData(false, "no\nway\n")]
    [InlineData(true, "no\r\nway\r\n")]
    public async Task A_session_reads_the_text_and_gets_the_status(bool terminal, string expected)
    {
        List<byte[]> messages = await RunAsync(terminal, window: 100_000);
        Assert.Equal(expected, TextOf(messages));
        Assert.Equal(
            [MessageId.ChannelExtendedData, MessageId.ChannelRequest, MessageId.ChannelEof, MessageId.ChannelClose],
            messages.Select(m => (MessageId)m[0]));
        Assert.Equal(7u, RelayFixture.Read32(messages[1], messages[1].Length - 4));
    }

    [Theory]
    [InlineData(3u, 32768u)]
    [InlineData(100u, 4u)]
    public async Task A_long_text_waits_for_the_clients_window(uint window, uint maxPacket)
    {
        string text = string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\n"));
        Assert.Equal(text, TextOf(await RunAsync(terminal: false, window, maxPacket, text)));
    }

    [Fact]
    public async Task Without_a_text_only_the_status_comes() =>
        Assert.Equal([MessageId.ChannelRequest, MessageId.ChannelEof, MessageId.ChannelClose], (await RunAsync(false, 0, output: "")).Select(m => (MessageId)m[0]));
}
