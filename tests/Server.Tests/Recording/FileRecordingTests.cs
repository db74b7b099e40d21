using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SshGateway.Protocol.Connection.Sessions;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class FileRecordingTests
{
    [Fact]
    public async Task A_session_is_in_its_file_byte_for_byte_with_its_streams_apart()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "make -j");
        byte[] output = new byte[700_000];
        new Random(4).NextBytes(output);
        channel.Data(DataStream.Typed, "yes\n"u8);
        for (int i = 0; i < output.Length; i += 7_001) channel.Data(DataStream.Output, output.AsSpan(i, Math.Min(7_001, output.Length - i)));
        channel.Data(DataStream.Error, "warning\n"u8);
        await RecordingFixture.EndAsync(connection, channel);

        RecordedDump dump = await RecordedDump.ReadAsync(fixture["0123456789.dump"]);
        Assert.Equal("yes\n"u8.ToArray(), dump.Input);
        Assert.Equal(output, dump.Output);
        Assert.Equal("warning\n"u8.ToArray(), dump.Errors);
        Assert.Equal(("alice", "make -j", "192.0.2.7:40000", "192.0.2.1:22"),
            (dump.Header.UserText, dump.Header.CommandText, dump.Header.Source.ToString(), dump.Header.Destination.ToString()));
    }

    [Fact]
    public async Task Everything_before_the_exit_status_is_in_the_file_when_the_recorder_has_settled()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "echo");
        for (int i = 0; i < 50; i++)
        {
            channel.Data(DataStream.Output, Encoding.ASCII.GetBytes($"line {i}\n"));
            await channel.SettleAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
            Assert.EndsWith($"line {i}\n", (await RecordedDump.ReadAsync(fixture["0123456789.dump"])).OutputText, StringComparison.Ordinal);
        }

        await RecordingFixture.EndAsync(connection, channel);
    }

    [Fact]
    public async Task Each_session_of_a_connection_has_a_file_of_its_own_and_no_file_is_ever_written_over()
    {
        await using var fixture = new RecordingFixture();
        for (int round = 0; round < 2; round++)
        {
            IRelayTap connection = await fixture.ConnectAsync();
            IChannelTap[] channels = [.. Enumerable.Range(0, 3).Select(i => RecordingFixture.Start(connection, $"command {i}"))];
            for (int i = 0; i < 3; i++) channels[i].Data(DataStream.Output, Encoding.ASCII.GetBytes($"output {round} {i}"));
            await RecordingFixture.EndAsync(connection, channels);
        }

        string[] files = Directory.GetFiles(fixture.Folder, "*.dump");
        var outputs = new List<string>();
        var ids = new HashSet<string>();
        foreach (string file in files)
        {
            RecordedDump dump = await RecordedDump.ReadAsync(file);
            outputs.Add(dump.OutputText);
            ids.Add(dump.Header.SessionId);
        }

        Assert.Equal(["output 0 0", "output 0 1", "output 0 2", "output 1 0", "output 1 1", "output 1 2"], outputs.Order(StringComparer.Ordinal));
        Assert.Equal(6, ids.Count);
        Assert.Contains(fixture["0123456789-2.dump"], files);
    }

    [Theory]
    [InlineData("../../etc/cron.d/x")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("name with\nline")]
    [InlineData("Grüße")]
    public async Task A_users_name_that_is_no_file_name_is_encoded_and_leads_nowhere_else(string user)
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync(user, "rec/{user}/{sid}.dump");
        IChannelTap channel = RecordingFixture.Start(connection, "id");
        channel.Data(DataStream.Output, "x"u8);
        await RecordingFixture.EndAsync(connection, channel);
        string file = Assert.Single(Directory.GetFiles(fixture.Folder, "*", SearchOption.AllDirectories));
        Assert.Equal(fixture["rec"], Path.GetDirectoryName(Path.GetDirectoryName(file)));
        Assert.Matches("^[!-~]+$", Path.GetFileName(Path.GetDirectoryName(file)!));
        Assert.Equal(user, (await RecordedDump.ReadAsync(file)).Header.UserText);
    }

    [Fact]
    public async Task Folders_are_made_for_the_gateway_alone_and_files_too()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync(dump: "a/b/{user}/{sid}.dump");
        IChannelTap channel = RecordingFixture.Start(connection, "", new WindowSize(80, 24));
        await RecordingFixture.EndAsync(connection, channel);
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (string folder in (string[])["a", "a/b", "a/b/alice"]) Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(fixture[folder]));
        Assert.Equal(Owner, File.GetUnixFileMode(fixture["a/b/alice/0123456789.dump"]));
        Assert.Equal(Owner, File.GetUnixFileMode(fixture["a/b/alice/0123456789.dump.events"]));
    }

    [Fact]
    public async Task Sizes_of_the_terminal_stand_beside_the_dump_which_stays_of_version_1()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "", new WindowSize(120, 40));
        channel.Data(DataStream.Output, "before"u8);
        channel.Resized(new WindowSize(90, 30));
        channel.Data(DataStream.Output, " after"u8);
        await RecordingFixture.EndAsync(connection, channel);
        RecordedDump dump = await RecordedDump.ReadAsync(fixture["0123456789.dump"]);
        Assert.Equal(("before after", 2), (dump.OutputText, dump.Records));
        await using FileStream side = File.OpenRead(fixture["0123456789.dump.events"]);
        IReadOnlyList<SideResize> resizes = SideFile.ReadResizes(side);
        Assert.Equal([(120, 40), (90, 30)], resizes.Select(resize => (resize.Columns, resize.Rows)));
        Assert.Equal(dump.Header.StartNs, resizes[0].TimeNs);
    }

    [Fact]
    public async Task An_asciicast_has_the_sizes_and_the_characters_that_were_cut_apart()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { RecordingFormat = RecordingFormat.Asciicast } };
        IRelayTap connection = await fixture.ConnectAsync(dump: "{sid}.cast");
        IChannelTap channel = RecordingFixture.Start(connection, "", new WindowSize(120, 40));
        byte[] text = Encoding.UTF8.GetBytes("Grüße, 日本\n");
        foreach (byte b in text) channel.Data(DataStream.Output, [b]);
        channel.Resized(new WindowSize(90, 30));
        await RecordingFixture.EndAsync(connection, channel);
        JsonElement[] lines = [.. File.ReadAllLines(fixture["0123456789.cast"]).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal((2, 120, 40), (lines[0].GetProperty("version").GetInt32(), lines[0].GetProperty("width").GetInt32(), lines[0].GetProperty("height").GetInt32()));
        Assert.Equal("Grüße, 日本\n", string.Concat(lines.Skip(1).Where(line => line[1].GetString() == "o").Select(line => line[2].GetString())));
        Assert.Contains("90x30", lines.Skip(1).Where(line => line[1].GetString() == "r").Select(line => line[2].GetString()));
        Assert.Empty(Directory.GetFiles(fixture.Folder, "*.events"));
    }

    [Fact]
    public async Task Nothing_is_recorded_where_the_command_says_so_or_only_statistics_are_wanted()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap quiet = RecordingFixture.Open(connection);
        quiet.Starting(RecordingFixture.Exec("secret") with { DisableDump = true });
        quiet.Data(DataStream.Output, "x"u8);
        await quiet.SettleAsync(CancellationToken.None);
        await RecordingFixture.EndAsync(connection, quiet);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Folder));
        Assert.Empty(fixture.Rows);
    }

    [Fact]
    public async Task The_index_has_a_row_from_the_beginning_and_the_digest_at_the_end()
    {
        await using var fixture = new RecordingFixture();
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "make");
        channel.Data(DataStream.Output, "built"u8);
        await RecordingFixture.EndAsync(connection, channel);
        string path = fixture["0123456789.dump"];
        RecordingRecord[] rows = [.. fixture.Rows];
        Assert.Equal(["running", "complete"], rows.Select(row => row.Status));
        Assert.All(rows, row => Assert.Equal((path, path, "alice", "node1:22", "make", "dump", "gw"), (row.Id, row.Location, row.User, row.Host, row.Command, row.Format, row.Gateway)));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), rows[1].Sha256);
        Assert.Equal((new FileInfo(path).Length, true), (rows[1].Bytes, rows[1].End >= rows[1].Start));
    }

    [Fact]
    public async Task A_size_limit_ends_the_recording_between_two_records()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { DumpLimitSize = 1000 } };
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "yes");
        for (int i = 0; i < 100; i++) channel.Data(DataStream.Output, new byte[100]);
        await RecordingFixture.EndAsync(connection, channel);
        RecordedDump dump = await RecordedDump.ReadAsync(fixture["0123456789.dump"]);
        Assert.Equal(8 * 100, dump.Output.Length);
        Assert.Equal("cut: 9200 bytes are past dump_limit_size", fixture.Rows.Last().Status);
        Assert.Contains("9200", File.ReadAllText(fixture["0123456789.dump.events"]), StringComparison.Ordinal);
    }
}
