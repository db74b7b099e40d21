using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Dumpd;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class SpoolResumeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_gateway_could_not_send_its_next_start_sends(bool begun)
    {
        await using var fixture = new RecordingFixture();
        var server = new DumpdServer(fixture["out"], NullLogger.Instance);
        IPEndPoint address = server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        if (!begun) await server.DisposeAsync();
        IRelayTap connection = await fixture.ConnectAsync(dump: $"TCP:127.0.0.1:{address.Port}");
        IChannelTap channel = RecordingFixture.Start(connection, "top", new(100, 30));
        // More than one file of the spool; where it has begun, the collector has the beginning when it goes away.
        string block = new('x', 99_999);
        for (int i = 0; i < 60; i++) await SendAsync(connection, channel, block);
        if (begun) await BecomesTrueAsync(() => fixture.Links.Waiting == 0, () => $"{fixture.Links.Waiting} of {fixture.Links.Count}");
        if (begun) await server.DisposeAsync();
        for (int i = 0; i < 60; i++) await SendAsync(connection, channel, block);
        await RecordingFixture.EndAsync(connection, channel);
        await fixture.Links.DisposeAsync();
        Assert.NotEmpty(Directory.GetFiles(fixture["spool"], "*" + SpoolNote.Suffix));

        await using var again = new DumpdServer(fixture["out"], NullLogger.Instance);
        again.Listen(address);
        await using var links = new CollectorLinks(fixture.Services, fixture["spool"]);
        links.Resume();
        await BecomesTrueAsync(() => links.Count == 0);
        string file = Assert.Single(Directory.GetFiles(fixture["out"], "*.dump", SearchOption.AllDirectories));
        byte[] output = (await RecordedDump.ReadAsync(file)).Output;
        Assert.Equal(120 * 100_000, output.Length);
        Assert.Contains("\"columns\":100", await File.ReadAllTextAsync(file + ".events"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(fixture["spool"]));
    }

    [Fact]
    public async Task What_another_process_still_sends_is_left_to_it()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync(dump: "TCP:127.99.98.97:9");
        IChannelTap channel = RecordingFixture.Start(connection, "top");
        await channel.SettleAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
        await using var links = new CollectorLinks(fixture.Services, fixture["spool"]);
        links.Resume();
        Assert.Equal(0, links.Count);
        await RecordingFixture.EndAsync(connection, channel);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"to\":\"TCP:h:1\",\"ca\":\"\",\"certificate\":\"\",\"key\":\"\",\"header\":\"AAEA\"}")]
    [InlineData("{\"to\":7,\"header\":\"!\"}")]
    public async Task A_note_that_says_nothing_is_passed_over(string text)
    {
        await using var fixture = new RecordingFixture();
        Directory.CreateDirectory(fixture["spool"]);
        await File.WriteAllTextAsync(fixture["spool/x-1-1" + SpoolNote.Suffix], text, new UTF8Encoding(false));
        fixture.Links.Resume();
        Assert.Equal(0, fixture.Links.Count);
    }

    private static async Task SendAsync(IRelayTap connection, IChannelTap channel, string block)
    {
        channel.Data(DataStream.Output, Encoding.ASCII.GetBytes(block + "\n"));
        await connection.WaitForRoomAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
    }

    private static async Task BecomesTrueAsync(Func<bool> condition, Func<string>? what = null)
    {
        using var patience = new CancellationTokenSource(RecordingFixture.Patience);
        while (!condition())
        {
            await Task.Delay(20);
            if (patience.IsCancellationRequested) throw new TimeoutException(what?.Invoke());
        }
    }
}
