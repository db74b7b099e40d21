using System.Text;
using SshGateway.Protocol.Transport;
using SshGateway.Protocol.Wire;
using Xunit;

namespace SshGateway.Protocol.Tests.Transport;

public class IdentificationTests
{
    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "OpenSSH_9.2p1")]
    [InlineData("SSH-2.0-dropbear_2022.83\n", "dropbear_2022.83")]
    [InlineData("SSH-1.99-Cisco-1.25\r\n", "Cisco-1.25")]
    [InlineData("SSH-2.0-\r\n", "")]
    [InlineData("SSH-2.0-x\r\n", "x")]
    public async Task A_line_is_read_byte_exact(string line, string software)
    {
        var stream = new MemoryStream(Encoding.ASCII.GetBytes(line + "next"));
        string read = await Identification.ReadAsync(stream, fromServer: false);
        Assert.Equal(line.TrimEnd('\r', '\n'), read);
        Assert.Equal(software, Identification.SoftwareVersion(read));
        Assert.Equal("next", await new StreamReader(stream).ReadToEndAsync());
    }

    [Theory]
    [InlineData("SSH-1.5-old\r\n")]
    [InlineData("SSH-3.0-new\r\n")]
    [InlineData("SSH-2.1-new\r\n")]
    [InlineData("SSH-2.0\r\n")]
    [InlineData("HTTP/1.1 200\r\n")]
    [InlineData("\r\n")]
    [InlineData("SSH-2.0-a\0b\r\n")]
    [InlineData("SSH-2.0-a\u001b[2Jb\r\n")]
    [InlineData("SSH-2.0-a\rb\r\n")]
    [InlineData("SSH-2.0-a\u007f\r\n")]
    public async Task Anything_else_is_refused(string line)
    {
        var error = await Assert.ThrowsAsync<SshProtocolException>(
            async () => await Identification.ReadAsync(new MemoryStream(Encoding.Latin1.GetBytes(line)), fromServer: false));
        Assert.Equal(DisconnectReason.ProtocolVersionNotSupported, error.Reason);
    }

    [Fact]
    public async Task A_line_of_255_bytes_passes_and_a_longer_one_does_not()
    {
        string longest = "SSH-2.0-" + new string('x', 255 - 8 - 2);
        Assert.Equal(longest, await Identification.ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(longest + "\r\n")), fromServer: false));
        await Assert.ThrowsAsync<SshProtocolException>(
            async () => await Identification.ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(longest + "xx\r\n")), fromServer: false));
    }

    [Fact]
    public async Task Only_a_server_may_send_lines_before_and_not_without_end()
    {
        const string Text = "welcome\r\nto us\r\nSSH-2.0-x\r\n";
        Assert.Equal("SSH-2.0-x", await Identification.ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(Text)), fromServer: true));
        await Assert.ThrowsAsync<SshProtocolException>(
            async () => await Identification.ReadAsync(new MemoryStream(Encoding.ASCII.GetBytes(Text)), fromServer: false));
        string endless = string.Concat(Enumerable.Repeat("line\r\n", 10_000));
        var stream = new MemoryStream(Encoding.ASCII.GetBytes(endless));
        await Assert.ThrowsAsync<SshProtocolException>(async () => await Identification.ReadAsync(stream, fromServer: true));
        Assert.InRange(stream.Position, 1, 1000);
    }

    [Fact]
    public async Task A_line_cut_at_any_byte_is_a_closed_connection()
    {
        byte[] line = "SSH-2.0-OpenSSH_9.2p1\r\n"u8.ToArray();
        for (int length = 0; length < line.Length; length++)
            await Assert.ThrowsAsync<SshConnectionClosedException>(async () => await Identification.ReadAsync(new MemoryStream(line, 0, length), fromServer: false));
    }
}
