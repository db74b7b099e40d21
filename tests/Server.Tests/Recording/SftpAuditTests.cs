using System.Buffers.Binary;
using System.Text;
using SshGateway.Server.Relay.Taps;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class SftpAuditTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task What_an_sftp_session_does_is_written_down_however_its_packets_are_cut(int piece)
    {
        await using var fixture = new RecordingFixture { Route = new() { RecordingBulkLimit = 1000 } };
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Open(connection);
        channel.Starting(RecordingFixture.Exec("sftp") with { Type = ChannelStart.Subsystem });
        Send(channel, DataStream.Typed, piece, Packet(1, 3u));
        Send(channel, DataStream.Output, piece, Packet(2, 3u));
        Send(channel, DataStream.Typed, piece, Packet(3, 7u, "/tmp/a\nb", 26u, 0u));
        Send(channel, DataStream.Output, piece, Packet(102, 7u, "h1"));
        for (uint i = 0; i < 3; i++) Send(channel, DataStream.Typed, piece, Packet(6, 8 + i, "h1", 0ul, new byte[20_000]));
        for (uint i = 0; i < 3; i++) Send(channel, DataStream.Output, piece, Packet(101, 8 + i, i == 2 ? 4u : 0u, "", ""));
        Send(channel, DataStream.Typed, piece, Packet(5, 20u, "h1", 0ul, 500u));
        Send(channel, DataStream.Output, piece, Packet(103, 20u, new byte[500]));
        Send(channel, DataStream.Typed, piece, Packet(4, 21u, "h1"));
        Send(channel, DataStream.Output, piece, Packet(101, 21u, 0u, "", ""));
        Send(channel, DataStream.Typed, piece, Packet(13, 22u, "/etc/passwd"));
        Send(channel, DataStream.Output, piece, Packet(101, 22u, 3u, "", ""));
        Send(channel, DataStream.Typed, piece, Packet(200, 23u, "posix-rename@openssh.com", "/a", "/b"));
        Send(channel, DataStream.Output, piece, Packet(101, 23u, 0u, "", ""));
        Send(channel, DataStream.Typed, piece, Packet(14, 24u, "/new", 0u));
        Send(channel, DataStream.Output, piece, Packet(101, 24u, 0u, "", ""));
        await RecordingFixture.EndAsync(connection, channel);
        Assert.Equal(
            ["file /tmp/a\\nb: 500 bytes read, 40000 bytes written, failure", "remove /etc/passwd: permission denied", "rename /a to /b: ok", "mkdir /new: ok"],
            fixture.Events.Select(happened => happened.Message.Replace("\\x0a", "\\n", StringComparison.Ordinal)));
        Assert.All(fixture.Events, happened => Assert.Equal(("transfer", "alice", "node1:22"), (happened.Kind, happened.User, happened.Host)));
    }

    [Fact]
    public async Task What_is_no_sftp_ends_the_audit_and_nothing_else()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Open(connection);
        channel.Starting(RecordingFixture.Exec("sftp") with { Type = ChannelStart.Subsystem });
        channel.Data(DataStream.Output, "Welcome to this machine\n"u8);
        channel.Data(DataStream.Output, "more"u8);
        await RecordingFixture.EndAsync(connection, channel);
        Assert.Empty(fixture.Events);
        Assert.Equal("Welcome to this machine\nmore", (await RecordedDump.ReadAsync(fixture["0123456789.dump"])).OutputText);
    }

    [Fact]
    public async Task Any_bytes_leave_the_audit_standing()
    {
        await using var fixture = new RecordingFixture();
        var random = new Random(11);
        for (int round = 0; round < 300; round++)
        {
            IRelayTap connection = await fixture.ConnectAsync(dump: "etcd-not-used/{sid}.dump");
            IChannelTap channel = RecordingFixture.Open(connection);
            channel.Starting(RecordingFixture.Exec("sftp") with { Type = ChannelStart.Subsystem, DisableDump = true });
            for (int i = 0; i < 20; i++)
            {
                byte[] body = new byte[random.Next(60)];
                random.NextBytes(body);
                byte[] packet = new byte[4 + body.Length];
                BinaryPrimitives.WriteInt32BigEndian(packet, body.Length);
                body.CopyTo(packet, 4);
                if (body.Length > 0) packet[4] = (byte)random.Next(1, 21);
                channel.Data(random.Next(2) == 0 ? DataStream.Typed : DataStream.Output, packet);
            }

            await RecordingFixture.EndAsync(connection, channel);
        }
    }

    [Fact]
    public async Task Copies_by_scp_and_rsync_are_one_line_with_their_bytes()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "scp -t /tmp/x");
        channel.Data(DataStream.Typed, new byte[1234]);
        channel.Data(DataStream.Output, new byte[3]);
        channel.Exited(0, null);
        await RecordingFixture.EndAsync(connection, channel);
        Assert.Equal("scp -t /tmp/x: 1234 bytes from the client, 3 bytes from the destination, exit status 0", Assert.Single(fixture.Events).Message);
    }

    [Theory]
    [InlineData("scp -t /tmp", true)]
    [InlineData("/usr/bin/scp -r -f dir", true)]
    [InlineData("rsync --server -e.LsfxCIvu . /x", true)]
    [InlineData("scp", false)]
    [InlineData("scp -t /tmp; bash -i", false)]
    [InlineData("rsync --server $(sh)", false)]
    [InlineData("cat big", false)]
    [InlineData("/usr/lib/openssh/sftp-server", true)]
    public void Only_a_mere_transfer_counts_as_one(string command, bool expected) =>
        Assert.Equal(expected, SshGateway.Server.Recording.TransferCommand.IsTransfer(RecordingFixture.Exec(command)));

    private static void Send(IChannelTap channel, DataStream stream, int piece, byte[] packet)
    {
        for (int i = 0; i < packet.Length; i += piece) channel.Data(stream, packet.AsSpan(i, Math.Min(piece, packet.Length - i)));
    }

    private static byte[] Packet(byte type, params object[] fields)
    {
        var body = new MemoryStream();
        body.Write([0, 0, 0, 0, type]);
        foreach (object field in fields)
        {
            byte[] number = new byte[8];
            switch (field)
            {
                case uint value:
                    BinaryPrimitives.WriteUInt32BigEndian(number, value);
                    body.Write(number, 0, 4);
                    break;
                case ulong value:
                    BinaryPrimitives.WriteUInt64BigEndian(number, value);
                    body.Write(number);
                    break;
                default:
                    byte[] text = field as byte[] ?? Encoding.UTF8.GetBytes((string)field);
                    BinaryPrimitives.WriteInt32BigEndian(number, text.Length);
                    body.Write(number, 0, 4);
                    body.Write(text);
                    break;
            }
        }

        byte[] packet = body.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - 4);
        return packet;
    }
}
