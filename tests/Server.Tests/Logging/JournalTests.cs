using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using SshGateway.Server.Configuration;
using SshGateway.Server.Logging;
using Xunit;

namespace SshGateway.Server.Tests.Logging;

/// <summary>What the journal gets, read as journald reads it.</summary>
public sealed class JournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sgj-").FullName;

    private string SocketPath => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_line_comes_with_its_values_as_fields()
    {
        using Socket journal = Bind();
        using var fixture = new LogFixture("", journal: SocketPath);
        fixture.Hub.LoginFailed("0AB", "password", "alice", IPAddress.Parse("192.0.2.1"), 40001);
        Dictionary<string, string> fields = Receive(journal);
        Assert.Equal("[ID 123 0AB] Failed password for alice from 192.0.2.1 port 40001 ssh2", fields["MESSAGE"]);
        Assert.Equal(("6", "sshd"), (fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"]));
        Assert.Equal(("0AB", "alice", "password", "192.0.2.1", "40001"), (
            fields["SSHGATEWAY_SESSION"], fields["SSHGATEWAY_USER"], fields["SSHGATEWAY_METHOD"], fields["SSHGATEWAY_ADDRESS"], fields["SSHGATEWAY_PORT"]));
        Assert.Equal(("LoginFailed", "123"), (fields["SSHGATEWAY_EVENT"], fields["SSHGATEWAY_EVENT_ID"]));
        Assert.Equal("", fixture.Output);
    }

    [Fact]
    public void What_is_not_of_a_login_is_the_gateway_s_own()
    {
        using Socket journal = Bind();
        using var fixture = new LogFixture("", journal: SocketPath);
        fixture.Hub.NoDestination("0AB", "alice", "all are down");
        Dictionary<string, string> fields = Receive(journal);
        Assert.Equal(("4", "sshgateway"), (fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"]));
        Assert.Equal(("0AB", "alice"), (fields["SSHGATEWAY_SESSION"], fields["SSHGATEWAY_USER"]));
    }

    [Fact]
    public void With_log_format_json_the_message_is_the_object()
    {
        using Socket journal = Bind();
        using var fixture = new LogFixture("log_format: json", journal: SocketPath);
        fixture.Hub.Did("0AB", "this", 2);
        Dictionary<string, string> fields = Receive(journal);
        Assert.StartsWith("{\"time\":", fields["MESSAGE"], StringComparison.Ordinal);
        Assert.Equal("0AB", fields["SSHGATEWAY_SESSION"]);
    }

    [Theory]
    [InlineData("a\nPRIORITY=0")]
    [InlineData("\n")]
    [InlineData("= \u00e9 \u001b")]
    public void A_value_cannot_pose_as_a_field(string value)
    {
        var entry = new LogEntry(DateTimeOffset.UnixEpoch, LogLevel.Information, 1, "session=0A text", [new("User", value), new("{OriginalFormat}", "x")]);
        Dictionary<string, string> fields = Parse(JournalSink.Datagram(entry, LogFormat.Text));
        Assert.Equal((value, "6"), (fields["SSHGATEWAY_USER"], fields["PRIORITY"]));
        Assert.DoesNotContain(fields.Keys, name => name.Contains("ORIGINAL", StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_value_does_not_make_the_datagram_too_large()
    {
        using Socket journal = Bind();
        using var fixture = new LogFixture("", journal: SocketPath);
        fixture.Hub.Did("0AB", new string('x', 1_000_000), 2);
        Assert.Equal(16 * 1024, Receive(journal)["SSHGATEWAY_WHAT"].Length);
    }

    [Fact]
    public void Without_a_journal_lines_go_to_standard_output_with_their_priority()
    {
        using var fixture = new LogFixture("", journal: SocketPath);
        fixture.Hub.Did("0A", "this", 2);
        Assert.Equal("<6>session=0A did this 2 times\n", fixture.Output);
        using Socket journal = Bind();
        fixture.Hub.Did("0A", "that", 1);
        Assert.EndsWith("did that 1 times", Receive(journal)["MESSAGE"], StringComparison.Ordinal);
    }

    private Socket Bind()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        socket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    private static Dictionary<string, string> Receive(Socket journal)
    {
        byte[] buffer = new byte[256 * 1024];
        return Parse(buffer.AsSpan(0, journal.Receive(buffer)));
    }

    internal static Dictionary<string, string> Parse(ReadOnlySpan<byte> datagram)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        while (datagram.Length > 0)
        {
            int end = datagram.IndexOf((byte)'\n');
            int equals = datagram[..end].IndexOf((byte)'=');
            if (equals >= 0)
            {
                fields.Add(Encoding.ASCII.GetString(datagram[..equals]), Encoding.UTF8.GetString(datagram[(equals + 1)..end]));
                datagram = datagram[(end + 1)..];
                continue;
            }

            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(datagram[(end + 1)..]);
            fields.Add(Encoding.ASCII.GetString(datagram[..end]), Encoding.UTF8.GetString(datagram.Slice(end + 9, length)));
            Assert.Equal((byte)'\n', datagram[end + 9 + length]);
            datagram = datagram[(end + 10 + length)..];
        }

        return fields;
    }
}
