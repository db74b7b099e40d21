using System.Globalization;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Wire;

/// <summary>The data types of RFC 4251 §5, with the examples given there.</summary>
public class SshReaderTests
{
    [Theory]
    [InlineData("00000000", "")]
    [InlineData("0000000809a378f9b2e332a7", "09a378f9b2e332a7")]
    [InlineData("000000020080", "80")]
    public void The_mpints_of_the_RFC_are_read_and_written(string wire, string magnitude)
    {
        byte[] bytes = Convert.FromHexString(wire);
        var reader = new SshReader(bytes);
        Assert.Equal(Convert.FromHexString(magnitude), reader.ReadUnsignedMpint().ToArray());
        reader.ExpectEnd();
        using var writer = new SshWriter(stackalloc byte[4]);
        writer.WriteUnsignedMpint([0, 0, .. Convert.FromHexString(magnitude)]);
        Assert.Equal(bytes, writer.ToArray());
    }

    [Theory]
    [InlineData("00000002edcc")]
    [InlineData("00000005ff21524111")]
    [InlineData("0000000100")]
    [InlineData("0000000200 7f")]
    public void Negative_and_padded_mpints_are_refused(string wire)
    {
        byte[] bytes = Convert.FromHexString(wire.Replace(" ", "", StringComparison.Ordinal));
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadUnsignedMpint());
    }

    [Fact]
    public void The_string_and_the_name_lists_of_the_RFC_are_read_and_written()
    {
        using var writer = new SshWriter(stackalloc byte[1]);
        writer.WriteString("testing");
        writer.WriteNameList([]);
        writer.WriteNameList(["zlib"]);
        writer.WriteNameList(["zlib", "none"]);
        Assert.Equal(
            "0000000774657374696e67" + "00000000" + "000000047a6c6962" + "000000097a6c69622c6e6f6e65",
            Convert.ToHexString(writer.Written).ToLowerInvariant());
        var reader = new SshReader(writer.Written);
        Assert.Equal("testing", reader.ReadText());
        Assert.Empty(NameList.Parse(reader.ReadString()));
        Assert.Equal(["zlib"], NameList.Parse(reader.ReadString()));
        Assert.Equal(["zlib", "none"], NameList.Parse(reader.ReadString()));
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void Numbers_and_booleans_are_read_and_written()
    {
        using var writer = new SshWriter(default);
        writer.WriteByte(7);
        writer.WriteBoolean(true);
        writer.WriteBoolean(false);
        writer.WriteUInt32(699_921_578);
        writer.WriteUInt64(ulong.MaxValue - 1);
        writer.WriteMessageId(MessageId.ChannelData);
        writer.WriteBytes([1, 2, 3]);
        Assert.Equal("07" + "01" + "00" + "29b7f4aa" + "fffffffffffffffe" + "5e" + "010203", Convert.ToHexString(writer.Written).ToLowerInvariant());
        var reader = new SshReader(writer.Written);
        Assert.Equal(7, reader.ReadByte());
        Assert.True(reader.ReadBoolean());
        Assert.False(reader.ReadBoolean());
        Assert.Equal(699_921_578u, reader.ReadUInt32());
        Assert.Equal(ulong.MaxValue - 1, reader.ReadUInt64());
        Assert.Equal(MessageId.ChannelData, reader.ReadMessageId());
        Assert.Equal(3, reader.Remaining);
        Assert.Equal([1, 2, 3], reader.ReadBytes(3).ToArray());
        Assert.True(new SshReader([0x80]).ReadBoolean());
    }

    [Theory]
    [InlineData("byte", 1)]
    [InlineData("uint32", 4)]
    [InlineData("uint64", 8)]
    [InlineData("string", 9)]
    [InlineData("text", 9)]
    [InlineData("ascii", 9)]
    [InlineData("mpint", 9)]
    [InlineData("bytes", 5)]
    public void A_field_cut_at_any_byte_is_refused(string type, int length)
    {
        byte[] whole = length == 9 ? [0, 0, 0, 5, 0x61, 0x62, 0x63, 0x64, 0x65] : new byte[length];
        Read(type, whole);
        for (int cut = 0; cut < whole.Length; cut++)
        {
            byte[] shorter = whole[..cut];
            var error = Assert.Throws<SshProtocolException>(() => Read(type, shorter));
            Assert.Equal(DisconnectReason.ProtocolError, error.Reason);
        }
    }

    [Theory]
    [InlineData(0x80000000u)]
    [InlineData(0xffffffffu)]
    [InlineData(0x7fffffffu)]
    [InlineData(2u)]
    public void A_string_longer_than_its_message_is_refused(uint length)
    {
        byte[] bytes = [.. Convert.FromHexString(length.ToString("x8", CultureInfo.InvariantCulture)), 0x61];
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadString());
    }

    [Fact]
    public void A_string_over_its_limit_is_refused()
    {
        byte[] bytes = [0, 0, 0, 3, 0x61, 0x62, 0x63];
        Assert.Equal("abc", new SshReader(bytes).ReadAscii(3));
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadAscii(2));
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadText(2));
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadUnsignedMpint(2));
    }

    [Theory]
    [InlineData("80")]
    [InlineData("c0af")]
    [InlineData("eda080")]
    [InlineData("f5808080")]
    public void Text_that_is_not_UTF_8_is_refused(string hex)
    {
        byte[] bytes = [0, 0, 0, (byte)(hex.Length / 2), .. Convert.FromHexString(hex)];
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadText());
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadAscii());
        Assert.Equal(hex.Length / 2, new SshReader(bytes).ReadString().Length);
    }

    [Theory]
    [InlineData("1f")]
    [InlineData("00")]
    [InlineData("7f")]
    public void Names_are_printable(string hex)
    {
        byte[] bytes = [0, 0, 0, 1, .. Convert.FromHexString(hex)];
        Assert.Throws<SshProtocolException>(() => new SshReader(bytes).ReadAscii());
    }

    [Fact]
    public void Bytes_after_the_last_field_are_refused()
    {
        Assert.Throws<SshProtocolException>(() => new SshReader([1]).ExpectEnd());
        new SshReader([]).ExpectEnd();
    }

    private static void Read(string type, byte[] bytes)
    {
        var reader = new SshReader(bytes);
        switch (type)
        {
            case "byte": reader.ReadByte(); break;
            case "uint32": reader.ReadUInt32(); break;
            case "uint64": reader.ReadUInt64(); break;
            case "string": reader.ReadString(); break;
            case "text": reader.ReadText(); break;
            case "ascii": reader.ReadAscii(); break;
            case "mpint": reader.ReadUnsignedMpint(); break;
            default: reader.ReadBytes(5); break;
        }
    }
}
