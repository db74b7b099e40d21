using System.Net;
using System.Net.Sockets;
using System.Text;
using SshGateway.Server.Configuration;
using SshGateway.Server.Listeners;
using Xunit;

namespace SshGateway.Server.Tests.Listeners;

public sealed class ProxyHeaderTests
{
    private static readonly ProxiedConnection V4 = new(IPEndPoint.Parse("192.0.2.7:40000"), IPEndPoint.Parse("198.51.100.1:22"));
    private static readonly ProxiedConnection V6 = new(IPEndPoint.Parse("[2001:db8::7]:40000"), IPEndPoint.Parse("[2001:db8::1]:22"));

    public static TheoryData<string> GoodVersion1 => new(
        "PROXY TCP4 192.0.2.7 198.51.100.1 40000 22", "PROXY TCP6 2001:db8::7 2001:db8::1 40000 22",
        "PROXY TCP6 2001:0db8:0000:0000:0000:0000:0000:0007 2001:0db8:0000:0000:0000:0000:0000:0001 40000 22");

    [Theory]
    [MemberData(nameof(GoodVersion1))]
    public async Task A_line_of_version_1_gives_the_addresses(string line)
    {
        ProxiedConnection? told = await ReadAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
        Assert.Equal(line.Contains("TCP4", StringComparison.Ordinal) ? V4 : V6, told);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n")]
    public async Task Unknown_leaves_the_addresses_of_the_socket(string line) => Assert.Null(await ReadAsync(Encoding.ASCII.GetBytes(line)));

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 40000 22 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 40000 65536\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 +40000 22\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 40000 22\r\n")]
    [InlineData("PROXY TCP4 192.0.02.7 198.51.100.1 40000 22\r\n")]
    [InlineData("PROXY TCP4 2001:db8::7 2001:db8::1 40000 22\r\n")]
    [InlineData("PROXY TCP6 192.0.2.7 198.51.100.1 40000 22\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 fe80::2 40000 22\r\n")]
    [InlineData("PROXY UDP4 192.0.2.7 198.51.100.1 40000 22\r\n")]
    [InlineData("PROXY  TCP4 192.0.2.7 198.51.100.1 40000 22\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 40000 22\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 40000 22\0\r\n")]
    [InlineData("proxy TCP4 192.0.2.7 198.51.100.1 40000 22\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    public async Task A_malformed_line_is_refused(string line) =>
        await Assert.ThrowsAsync<ProxyHeaderException>(() => ReadAsync(Encoding.ASCII.GetBytes(line)));

    [Fact]
    public async Task A_line_without_end_is_refused_after_107_bytes() =>
        await Assert.ThrowsAsync<ProxyHeaderException>(() => ReadAsync(Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 500)), close: false));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_writer_writes_the_reader_reads(bool isV6)
    {
        ProxiedConnection connection = isV6 ? V6 : V4;
        Assert.Equal(connection, await ReadAsync(ProxyHeaderWriter.Encode(ProxyHeader.V1, connection)));
        Assert.Equal(connection, await ReadAsync(ProxyHeaderWriter.Encode(ProxyHeader.V2, connection)));
        Assert.Null(await ReadAsync(ProxyHeaderWriter.Encode(ProxyHeader.V1, null)));
        Assert.Null(await ReadAsync(ProxyHeaderWriter.Encode(ProxyHeader.V2, null)));
        Assert.Empty(ProxyHeaderWriter.Encode(ProxyHeader.Off, connection));
    }

    [Fact]
    public void The_writer_s_bytes_are_those_of_the_specification()
    {
        Assert.Equal("PROXY TCP4 192.0.2.7 198.51.100.1 40000 22\r\n", Encoding.ASCII.GetString(ProxyHeaderWriter.Encode(ProxyHeader.V1, V4)));
        Assert.Equal("0D0A0D0A000D0A515549540A" + "21" + "11" + "000C" + "C0000207" + "C6336401" + "9C40" + "0016", Convert.ToHexString(ProxyHeaderWriter.Encode(ProxyHeader.V2, V4)));
        // Addresses of two families are both written as IPv6.
        ProxiedConnection mixed = V4 with { Destination = V6.Destination };
        Assert.Equal("PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 40000 22\r\n", Encoding.ASCII.GetString(ProxyHeaderWriter.Encode(ProxyHeader.V1, mixed)));
    }

    [Theory]
    [InlineData(0x21, 0x11, "C0000207C63364019C400016" + "030004A9B87E8F", true)] // a TLV (CRC32C) behind the addresses
    [InlineData(0x20, 0x11, "C0000207C63364019C400016", false)] // LOCAL
    [InlineData(0x20, 0x00, "", false)]
    [InlineData(0x21, 0x00, "0000", false)] // UNSPEC
    [InlineData(0x21, 0x31, "00", false)] // a Unix socket
    [InlineData(0x21, 0x12, "C0000207C63364019C400016", false)] // UDP
    public async Task Version_2_reads_addresses_and_skips_the_rest(int command, int family, string body, bool hasAddresses) =>
        Assert.Equal(hasAddresses ? V4 : null, await ReadAsync(Binary(command, family, body)));

    [Theory]
    [InlineData(0x11, 0x11, "C0000207C63364019C400016")] // version 1 in a binary header
    [InlineData(0x22, 0x11, "C0000207C63364019C400016")] // unknown command
    [InlineData(0x21, 0x41, "C0000207C63364019C400016")] // unknown family
    [InlineData(0x21, 0x11, "C0000207C63364019C4000")] // addresses cut off
    [InlineData(0x21, 0x21, "C0000207C63364019C400016")]
    public async Task A_malformed_header_of_version_2_is_refused(int command, int family, string body) =>
        await Assert.ThrowsAsync<ProxyHeaderException>(() => ReadAsync(Binary(command, family, body)));

    [Fact]
    public async Task A_header_of_version_2_that_is_too_large_is_refused_before_it_is_read()
    {
        byte[] header = [.. ProxyHeaderReader.Signature, 0x21, 0x11, 0xff, 0xff];
        await Assert.ThrowsAsync<ProxyHeaderException>(() => ReadAsync(header, close: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Cut_at_every_byte_it_is_refused(int version)
    {
        byte[] header = ProxyHeaderWriter.Encode(version == 1 ? ProxyHeader.V1 : ProxyHeader.V2, V4);
        for (int length = 0; length < header.Length; length++)
        {
            await Assert.ThrowsAsync<ProxyHeaderException>(() => ReadAsync(header[..length]));
        }
    }

    [Fact]
    public async Task Not_a_byte_behind_the_header_is_taken()
    {
        foreach (ProxyHeader version in (ProxyHeader[])[ProxyHeader.V1, ProxyHeader.V2])
        {
            (Socket client, Socket server) = await ConnectAsync();
            using (client)
            using (server)
            {
                await client.SendAsync((byte[])[.. ProxyHeaderWriter.Encode(version, V6), .. "SSH-2.0-x\r\n"u8]);
                Assert.Equal(V6, await ProxyHeaderReader.ReadAsync(server, CancellationToken.None));
                byte[] rest = new byte[64];
                int count = await server.ReceiveAsync(rest);
                Assert.Equal("SSH-2.0-x\r\n", Encoding.ASCII.GetString(rest, 0, count));
            }
        }
    }

    private static byte[] Binary(int command, int family, string body) =>
        [.. ProxyHeaderReader.Signature, (byte)command, (byte)family, 0, (byte)(body.Length / 2), .. Convert.FromHexString(body)];

    private static async Task<ProxiedConnection?> ReadAsync(byte[] bytes, bool close = true)
    {
        (Socket client, Socket server) = await ConnectAsync();
        using (client)
        using (server)
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30)))
        {
            // In two pieces, so that reads end in the middle.
            await client.SendAsync(bytes.AsMemory(0, bytes.Length / 2));
            await client.SendAsync(bytes.AsMemory(bytes.Length / 2));
            if (close) client.Shutdown(SocketShutdown.Send);
            return await ProxyHeaderReader.ReadAsync(server, patience.Token);
        }
    }

    private static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!);
        return (client, await listener.AcceptAsync());
    }
}
