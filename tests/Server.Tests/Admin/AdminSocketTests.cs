using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Admin;
using SshGateway.Server.Configuration;
using SshGateway.Server.Ctl.Output;
using SshGateway.Server.Recording.Live;
using SshGateway.Server.Relay.Taps;
using SshGateway.Server.Tests.Ctl;
using SshGateway.Server.Tests.Recording;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Admin;

/// <summary>ctl through the socket of a gateway whose state is in its memory.</summary>
public sealed class AdminSocketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CtlFixture _ctl = new();
    private readonly SessionFeeds _feeds = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("admin").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_command_prints_the_same_through_the_socket()
    {
        await ReferenceState.FillAsync(_ctl, 1011, 2929);
        await using AdminSocket socket = Start();
        foreach (string line in new[] { "show connections", "show -json hosts", "show -all -csv users", "show error_banner", "show nonsense", "help", "version" })
            Assert.Equal(await _ctl.RunAsync(line.Split(' ')), await ClientAsync(Terminal.None, "UTC", line.Split(' ')));
        Assert.True(AdminClient.IsReachable(AdminSocket.PathIn(_folder)));
    }

    [Fact]
    public async Task The_terminal_and_the_time_zone_are_those_of_the_client()
    {
        await _ctl.Store.PutHostCheckAsync("n1:22", true, "", CancellationToken.None);
        await using AdminSocket socket = Start();
        CtlResult result = await ClientAsync(new Terminal(true, 0, 0, true), "Asia/Kolkata", "show", "hosts");
        Assert.Contains("2026-11-22 12:46:00", result.Output, StringComparison.Ordinal);
        Assert.Contains("\u001b[32m", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_recorded_with_the_user_at_the_other_end()
    {
        await using AdminSocket socket = Start();
        Assert.Equal(new CtlResult(0, "", ""), await ClientAsync(Terminal.None, "UTC", "-c", "/etc/shadow", "disable", "-host", "n1"));
        EventRecord made = Assert.Single(await _ctl.EventsAsync());
        Assert.Contains($"uid {Environment.GetEnvironmentVariable("UID") ?? Uid()}", made.Source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_for_owner_and_group_and_takes_the_place_of_an_old_one()
    {
        await File.WriteAllTextAsync(AdminSocket.PathIn(_folder), "left behind");
        await using AdminSocket socket = Start();
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
            File.GetUnixFileMode(AdminSocket.PathIn(_folder)));
        Assert.Equal([AdminSocket.PathIn(_folder)], Directory.GetFileSystemEntries(_folder));
        Assert.Equal(0, (await ClientAsync(Terminal.None, "UTC", "show", "hosts")).Code);
    }

    [Fact]
    public void A_group_that_does_not_exist_is_said()
    {
        IOException e = Assert.Throws<IOException>(() => Start(new GatewayConfiguration { StateDir = _folder, AdminGroup = "no-such-group-here" }));
        Assert.Contains("no group 'no-such-group-here'", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Without_a_gateway_the_client_says_so()
    {
        StateStoreException e = await Assert.ThrowsAsync<StateStoreException>(() => ClientAsync(Terminal.None, "UTC", "show", "hosts"));
        Assert.Contains("no gateway listens there", e.Message, StringComparison.Ordinal);
        Assert.False(AdminClient.IsReachable(AdminSocket.PathIn(_folder)));
    }

    [Fact]
    public async Task A_watch_ends_when_its_client_leaves_or_the_gateway_stops()
    {
        AdminSocket socket = Start(time: TimeProvider.System);
        using Socket client = await ConnectAsync(new AdminRequest(Terminal.None, "UTC", ["watch", "hosts", "-interval", "10ms"]));
        await using (NetworkStream stream = new(client, ownsSocket: false)) Assert.NotNull(await AdminFrame.ReadAsync(stream, AdminFrame.MaxLength, CancellationToken.None).WaitAsync(Patience));
        client.Close();
        using Socket second = await ConnectAsync(new AdminRequest(Terminal.None, "UTC", ["watch", "hosts", "-interval", "10ms"]));
        await using (NetworkStream stream = new(second, ownsSocket: false)) Assert.NotNull(await AdminFrame.ReadAsync(stream, AdminFrame.MaxLength, CancellationToken.None).WaitAsync(Patience));
        // Waits for all that run.
        await socket.DisposeAsync().AsTask().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_session_is_watched_through_the_socket_and_a_client_that_reads_nothing_holds_it_up_not()
    {
        await using AdminSocket socket = Start();
        IRelayTap connection = (await _feeds.OpenAsync(RecordingFixture.Context("ABCDEF0123")))!;
        IChannelTap channel = RecordingFixture.Open(connection);
        using Socket stuck = await ConnectAsync(new AdminRequest(Terminal.None, "UTC", ["watch", "-session", "ABCDEF0123"]));
        while (!_feeds.Find("ABCDEF0123")!.IsWatched) await Task.Delay(10);
        // Far more than sockets and watcher hold: each of these calls returns at once.
        for (int i = 0; i < 100; i++) channel.Data(DataStream.Output, new byte[100_000]);
        Task<CtlResult> reading = ClientAsync(Terminal.None, "UTC", "watch", "-session", "ABCDEF0123");
        while (_feeds.Find("ABCDEF0123")!.Watchers < 2) await Task.Delay(10);
        channel.Data(DataStream.Output, "seen"u8);
        await connection.EndedAsync();
        CtlResult result = await reading.WaitAsync(Patience);
        Assert.Equal((0, "seen"), (result.Code, result.Output));
        Assert.EndsWith("the session has ended\n", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 9, 9, 9 })]
    [InlineData(new byte[] { 1, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 1, 0, 0, 0, 2, 65, 66 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 0 })]
    public async Task Nonsense_ends_the_connection_and_nothing_else(byte[] nonsense)
    {
        await using AdminSocket socket = Start();
        using (Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await client.ConnectAsync(new UnixDomainSocketEndPoint(AdminSocket.PathIn(_folder)));
            await client.SendAsync(nonsense);
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await ReceiveAsync(client));
        }

        Assert.Equal(0, (await ClientAsync(Terminal.None, "UTC", "show", "hosts")).Code);
    }

    [Fact]
    public void Requests_come_out_as_they_went_in_and_cut_ones_are_refused()
    {
        AdminRequest request = new(new Terminal(true, 80, 24, true), "Europe/Paris", ["error_banner", "", "two\nlines é", "nul\0inside"]);
        byte[] bytes = request.Encode();
        AdminRequest? read = AdminRequest.Decode(bytes);
        Assert.Equal((request.Terminal, request.TimeZone), (read!.Terminal, read.TimeZone));
        Assert.Equal(["error_banner", "", "two\nlines é", "nul inside"], read.Arguments);
        for (int length = 0; length < bytes.Length; length++)
        {
            AdminRequest? cut = AdminRequest.Decode(bytes.AsSpan(0, length));
            Assert.True(cut is null || cut.Arguments.Count < 4);
        }
    }

    private static async Task<int> ReceiveAsync(Socket client)
    {
        try
        {
            return await client.ReceiveAsync(new byte[16]).WaitAsync(Patience);
        }
        catch (SocketException)
        {
            // What was not read is answered with a reset.
            return 0;
        }
    }

    private static string Uid() => File.ReadLines("/proc/self/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];

    private async Task<Socket> ConnectAsync(AdminRequest request)
    {
        Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(AdminSocket.PathIn(_folder)));
        await using NetworkStream stream = new(client, ownsSocket: false);
        await AdminFrame.WriteAsync(stream, AdminFrameKind.Request, request.Encode(), CancellationToken.None);
        return client;
    }

    private AdminSocket Start(GatewayConfiguration? configuration = null, TimeProvider? time = null)
    {
        configuration ??= Loaded($"state_dir: {_folder}\nerror_banner: No backend is available right now, sorry.\n");
        return AdminSocket.Start(() => configuration, _ctl.Store, _feeds, NullLogger.Instance, time ?? _ctl.Time);
    }

    private static GatewayConfiguration Loaded(string text) => Configuration.Loaded.Yaml(text);

    private async Task<CtlResult> ClientAsync(Terminal terminal, string zone, params string[] line)
    {
        using MemoryStream output = new(), error = new();
        int code = await AdminClient.RunAsync(AdminSocket.PathIn(_folder), new AdminRequest(terminal, zone, line), output, error, CancellationToken.None).WaitAsync(Patience);
        return new CtlResult(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
