using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Dumpd;
using SshGateway.Server.Recording.Collecting;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class CollectorTlsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recording_comes_to_the_collector_inside_TLS(bool bothSides)
    {
        await using var fixture = new RecordingFixture();
        using var authority = new TestCertificates(fixture.Folder, "ca");
        string own = bothSides ? authority.Issue("gateway") : "";
        fixture.Route = RouteConfiguration.Default with { RecordingTlsCa = authority.AuthorityFile, RecordingTlsCertificate = own };
        await using DumpdServer server = Server(fixture, new CollectorTls(bothSides ? authority.AuthorityFile : "", authority.Issue("collector"), ""), out int port);
        await RecordAsync(fixture, port);
        await fixture.DeliveredAsync();
        Assert.Equal("line 999\n", (await RecordedDump.ReadAsync(Assert.Single(Collected(fixture)))).OutputText[^9..]);
    }

    [Fact]
    public async Task A_collector_that_is_not_who_it_should_be_gets_nothing()
    {
        await using var fixture = new RecordingFixture();
        using var right = new TestCertificates(fixture.Folder, "right");
        using var wrong = new TestCertificates(fixture.Folder, "wrong");
        fixture.Route = RouteConfiguration.Default with { RecordingTlsCa = right.AuthorityFile };
        // Signed by somebody else; signed by the right one, but for another host; and no TLS at all.
        await using DumpdServer stranger = Server(fixture, new CollectorTls("", wrong.Issue("stranger"), ""), out int first);
        await using DumpdServer misnamed = Server(fixture, new CollectorTls("", right.Issue("misnamed", "elsewhere.example"), ""), out int second);
        await using DumpdServer plain = Server(fixture, null, out int third);
        foreach (int port in (int[])[first, second, third]) await RecordAsync(fixture, port);
        // A good one that is asked later has its recording: the others have been tried by then.
        await using DumpdServer good = Server(fixture, new CollectorTls("", right.Issue("good"), ""), out int last);
        await RecordAsync(fixture, last);
        using var patience = new CancellationTokenSource(RecordingFixture.Patience);
        while (fixture.Links.Count > 3) await Task.Delay(20, patience.Token);
        Assert.Single(Collected(fixture));
    }

    [Fact]
    public async Task A_sender_without_a_certificate_is_refused_where_one_must_be_shown()
    {
        await using var fixture = new RecordingFixture();
        using var authority = new TestCertificates(fixture.Folder, "ca");
        using var other = new TestCertificates(fixture.Folder, "other");
        await using DumpdServer server = Server(fixture, new CollectorTls(authority.AuthorityFile, authority.Issue("collector"), ""), out int port);
        foreach (string own in (string[])["", other.Issue("foreign"), authority.Issue("gateway")])
        {
            Assert.Empty(Collected(fixture));
            fixture.Route = RouteConfiguration.Default with { RecordingTlsCa = authority.AuthorityFile, RecordingTlsCertificate = own };
            await RecordAsync(fixture, port);
        }

        using var patience = new CancellationTokenSource(RecordingFixture.Patience);
        while (fixture.Links.Count > 2) await Task.Delay(20, patience.Token);
        Assert.Single(Collected(fixture));
    }

    [Fact]
    public void A_file_that_holds_no_certificate_is_said()
    {
        string file = Path.GetTempFileName();
        Assert.Contains(file, Assert.Throws<IOException>(new CollectorTls("", file, "").Check).Message, StringComparison.Ordinal);
        Assert.Contains(file, Assert.Throws<IOException>(new CollectorTls(file, "", "").Check).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(new CollectorTls(file + ".missing", "", "").Check);
        File.Delete(file);
    }

    private static DumpdServer Server(RecordingFixture fixture, CollectorTls? tls, out int port)
    {
        var server = new DumpdServer(fixture["out"], NullLogger.Instance) { Tls = tls };
        port = server.Listen(new IPEndPoint(IPAddress.Loopback, 0)).Port;
        return server;
    }

    private static async Task RecordAsync(RecordingFixture fixture, int port)
    {
        IRelayTap connection = await fixture.ConnectAsync(dump: $"TLS:127.0.0.1:{port}");
        IChannelTap channel = RecordingFixture.Start(connection, "ls");
        for (int i = 0; i < 1_000; i++) channel.Data(DataStream.Output, Encoding.ASCII.GetBytes($"line {i}\n"));
        await RecordingFixture.EndAsync(connection, channel);
    }

    private static string[] Collected(RecordingFixture fixture) =>
        Directory.Exists(fixture["out"]) ? Directory.GetFiles(fixture["out"], "*.dump", SearchOption.AllDirectories) : [];
}
