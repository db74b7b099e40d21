using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Dumpd;
using SshGateway.Server.Tests.Recording;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Server.Tests.Dumpd;

public sealed class DumpdServerTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sgd-").FullName;
    private readonly DumpdServer _server;
    private readonly IPEndPoint _address;

    public DumpdServerTests()
    {
        _server = new DumpdServer(Path.Combine(_folder, "out"), NullLogger.Instance);
        _address = _server.Listen(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public static TheoryData<int> Pieces => new(1, 7, 100_000);

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task What_a_sender_of_version_1_sends_is_the_file_however_it_is_cut(int piece)
    {
        byte[] dump = Dump("alice", 1, 500);
        await SendAsync(dump, piece);
        string file = Assert.Single(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
        Assert.Equal(dump, File.ReadAllBytes(file));
        Assert.Equal("alice", Path.GetFileName(Path.GetDirectoryName(file)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z-[0-9A-F]{10}\.dump$", Path.GetFileName(file));
        Assert.EndsWith($"-{(await RecordedDump.ReadAsync(dump)).Header.SessionId}.dump", file, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".ssh")]
    public async Task A_user_whose_name_is_no_file_name_is_refused(string user)
    {
        await SendAsync(Dump(user, 1, 10), 100_000);
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_sender_that_dies_leaves_a_readable_file_and_the_same_session_again_another()
    {
        byte[] dump = Dump("alice", 1, 100);
        using (Socket socket = await ConnectAsync())
        {
            await socket.SendAsync(dump.AsMemory(0, dump.Length - 5));
            await BecomesTrueAsync(() => Files().Any(file => new FileInfo(file).Length == dump.Length - 5));
            // Reset instead of closed.
            socket.LingerState = new LingerOption(true, 0);
        }

        string file = Assert.Single(Files());
        var reader = new DumpReader(File.OpenRead(file));
        await reader.ReadHeaderAsync();
        int records = 0;
        DumpFormatException error = await Assert.ThrowsAsync<DumpFormatException>(async () =>
        {
            while (await reader.ReadRecordAsync() is not null) records++;
        });
        Assert.Equal((100, true), (records, error.IsTruncated));
        await SendAsync(dump, 100_000);
        Assert.Equal(2, Files().Length);
        Assert.Equal([dump.Length - 5, dump.Length], Files().Select(path => (int)new FileInfo(path).Length).Order());
    }

    [Fact]
    public async Task Hundreds_of_senders_at_once_have_each_their_own_file()
    {
        byte[][] dumps = [.. Enumerable.Range(0, 300).Select(i => Dump($"user{i % 7}", (ulong)i, 20))];
        await Task.WhenAll(dumps.Select(dump => SendAsync(dump, 501)));
        string[] files = Files();
        Assert.Equal(dumps.Select(Convert.ToBase64String).Order(StringComparer.Ordinal), files.Select(file => Convert.ToBase64String(File.ReadAllBytes(file))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_no_dump_leaves_no_file()
    {
        var random = new Random(3);
        for (int i = 0; i < 50; i++)
        {
            byte[] bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            bytes[0] = (byte)random.Next(2, 255);
            await SendAsync(bytes, 1000);
        }

        Assert.Empty(Files());
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task BecomesTrueAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(RecordingFixture.Patience);
        while (!condition()) await Task.Delay(10, deadline.Token);
    }

    private static byte[] Dump(string user, ulong start, int records)
    {
        using var stream = new MemoryStream();
        var writer = new DumpWriter(stream, new DumpHeader
        {
            Source = new IPEndPoint(IPAddress.Loopback, 5),
            Destination = new IPEndPoint(IPAddress.Loopback, 22),
            StartNs = 1_700_000_000_000_000_000 + start,
            User = Encoding.UTF8.GetBytes(user),
            Command = "ls"u8.ToArray(),
        });
        for (int i = 0; i < records; i++) writer.Write(start + (ulong)i, DumpDescriptor.Output, Encoding.ASCII.GetBytes($"line {i}\n"));
        writer.Flush();
        return stream.ToArray();
    }

    private string[] Files() => Directory.Exists(_folder) ? Directory.GetFiles(_folder, "*.dump", SearchOption.AllDirectories) : [];

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_address);
        return socket;
    }

    /// <summary>Sends all, closes, and waits until the collector has closed, which it does after the last byte is written.</summary>
    private async Task SendAsync(byte[] bytes, int piece)
    {
        using Socket socket = await ConnectAsync();
        try
        {
            for (int i = 0; i < bytes.Length; i += piece) await socket.SendAsync(bytes.AsMemory(i, Math.Min(piece, bytes.Length - i)));
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveAsync(new byte[1]).WaitAsync(RecordingFixture.Patience);
        }
        catch (SocketException)
        {
            // It refused what it was sent and hung up.
        }
    }
}
