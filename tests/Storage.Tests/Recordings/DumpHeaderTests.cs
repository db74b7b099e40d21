using System.Buffers.Binary;
using System.Net;
using System.Text;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Storage.Tests.Recordings;

public sealed class DumpHeaderTests
{
    // user bench1, command "seq 1 20", 127.0.0.1:58638 to 127.0.0.1:2303
    private const string SeqHeader =
        "0001004000000000000000000000ffff7f000001e50e00000000000000000000ffff7f00000108ff" +
        "18ea4cd5864044cd62656e636831007365712031203230" + "00";

    [Fact]
    public void A_header_of_sshproxy_is_read_field_by_field()
    {
        Assert.True(DumpHeader.TryParse(Convert.FromHexString(SeqHeader), out DumpHeader? header, out int size));
        Assert.Equal(64, size);
        Assert.Equal("127.0.0.1:58638", header.Source.ToString());
        Assert.Equal("127.0.0.1:2303", header.Destination.ToString());
        Assert.Equal(1795331881424667853UL, header.StartNs);
        Assert.Equal("bench1", header.UserText);
        Assert.Equal("seq 1 20", header.CommandText);
    }

    [Fact]
    public void A_header_is_written_as_sshproxy_writes_it()
    {
        byte[] bytes = Convert.FromHexString(SeqHeader);
        Assert.True(DumpHeader.TryParse(bytes, out DumpHeader? header, out _));
        Assert.Equal(bytes, header.Encode());
    }

    [Fact]
    public void Every_cut_of_a_header_asks_for_more_bytes_than_there_are()
    {
        byte[] bytes = Convert.FromHexString(SeqHeader);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.False(DumpHeader.TryParse(bytes.AsSpan(0, length), out _, out int size));
            Assert.Equal(length < 4 ? 4 : bytes.Length, size);
        }
    }

    [Fact]
    public void Ipv6_addresses_survive()
    {
        var header = new DumpHeader
        {
            Source = IPEndPoint.Parse("[2001:db8::1]:1024"),
            Destination = IPEndPoint.Parse("[::1]:22"),
            StartNs = ulong.MaxValue,
            User = "u"u8.ToArray(),
        };
        Assert.True(DumpHeader.TryParse(header.Encode(), out DumpHeader? read, out _));
        Assert.Equal(header.Source, read.Source);
        Assert.Equal(header.Destination, read.Destination);
        Assert.Equal(ulong.MaxValue, read.StartNs);
        Assert.True(read.Command.IsEmpty);
    }

    [Fact]
    public void Bytes_after_the_command_belong_to_the_header_when_its_size_says_so()
    {
        byte[] bytes = [.. Convert.FromHexString(SeqHeader), 1, 2, 3];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)bytes.Length);
        Assert.True(DumpHeader.TryParse(bytes, out DumpHeader? header, out int size));
        Assert.Equal(bytes.Length, size);
        Assert.Equal("seq 1 20", header.CommandText);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(0x0100)]
    [InlineData(0xffff)]
    public void Another_version_is_refused(int version)
    {
        byte[] bytes = Convert.FromHexString(SeqHeader);
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)version);
        var error = Assert.Throws<DumpFormatException>(() => DumpHeader.TryParse(bytes, out _, out _));
        Assert.Equal(0, error.Offset);
        Assert.False(error.IsTruncated);
    }

    [Fact]
    public void A_size_below_the_fixed_part_is_refused()
    {
        byte[] bytes = Convert.FromHexString(SeqHeader);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), 49);
        Assert.Throws<DumpFormatException>(() => DumpHeader.TryParse(bytes, out _, out _));
    }

    [Fact]
    public void Texts_without_an_end_are_refused()
    {
        byte[] bytes = Convert.FromHexString(SeqHeader);
        bytes[^1] = (byte)'x';
        Assert.Contains("command", Assert.Throws<DumpFormatException>(() => DumpHeader.TryParse(bytes, out _, out _)).Message, StringComparison.Ordinal);
        bytes[54] = (byte)'x';
        Assert.Contains("user", Assert.Throws<DumpFormatException>(() => DumpHeader.TryParse(bytes, out _, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_does_not_fit_is_cut_between_characters()
    {
        // 65535 - 50 - 5 bytes remain for the command: not a multiple of the three bytes of a euro sign.
        byte[] encoded = DumpBytes.Header("alice", "x" + new string('€', 30_000)).Encode();
        Assert.True(DumpHeader.TryParse(encoded, out DumpHeader? header, out int size));
        Assert.Equal(encoded.Length, size);
        Assert.InRange(size, DumpHeader.MaximumSize - 2, DumpHeader.MaximumSize);
        Assert.Equal("alice", header.UserText);
        Assert.Equal("x" + new string('€', (header.Command.Length - 1) / 3), header.CommandText);
    }

    [Fact]
    public void A_user_that_does_not_fit_is_cut_too()
    {
        byte[] encoded = DumpBytes.Header(new string('u', 100_000), "command").Encode();
        Assert.True(DumpHeader.TryParse(encoded, out DumpHeader? header, out int size));
        Assert.Equal(DumpHeader.MaximumSize, size);
        Assert.Equal(new string('u', DumpHeader.MaximumSize - 50), header.UserText);
        Assert.True(header.Command.IsEmpty);
    }

    [Fact]
    public void A_nul_inside_a_text_cannot_shift_the_fields()
    {
        Assert.True(DumpHeader.TryParse(DumpBytes.Header("root\0ls", "a\0b").Encode(), out DumpHeader? header, out _));
        Assert.Equal("root?ls", header.UserText);
        Assert.Equal("a?b", header.CommandText);
    }

    [Fact]
    public void Texts_that_are_no_utf8_survive_as_bytes()
    {
        byte[] raw = [0xff, 0xfe, 0x41, 0x80];
        var header = new DumpHeader { Source = new(0, 0), Destination = new(0, 0), StartNs = 0, User = raw, Command = raw };
        Assert.True(DumpHeader.TryParse(header.Encode(), out DumpHeader? read, out _));
        Assert.Equal(raw, read.User.ToArray());
        Assert.Equal(raw, read.Command.ToArray());
        Assert.Equal(Encoding.UTF8.GetString(raw), read.UserText);
    }
}
