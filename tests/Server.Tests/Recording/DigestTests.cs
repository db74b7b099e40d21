using System.Security.Cryptography;
using SshGateway.Server.Configuration;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class DigestTests
{
    [Theory]
    [InlineData("scp -t x", "transfers", true, true)]
    [InlineData("scp -t x", "all", true, true)]
    [InlineData("scp -t x", "stored", false, true)]
    [InlineData("scp -t x", "none", false, false)]
    [InlineData("tar c /", "transfers", false, true)]
    [InlineData("tar c /", "all", true, true)]
    public async Task A_capped_session_has_the_digests_that_are_asked_for(string command, string sha256, bool ofStreams, bool ofFile)
    {
        await using var fixture = new RecordingFixture
        {
            Route = new() { RecordingBulkLimit = 10_000, RecordingBulkRate = 10_000, RecordingSha256 = Enum.Parse<RecordingSha256>(sha256, ignoreCase: true) },
        };
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, command);
        byte[] data = new byte[1_000_000];
        new Random(8).NextBytes(data);
        for (int i = 0; i < data.Length; i += 10_000)
        {
            channel.Data(DataStream.Output, data.AsSpan(i, 10_000));
            await connection.WaitForRoomAsync(CancellationToken.None);
        }

        await RecordingFixture.EndAsync(connection, channel);
        string side = await File.ReadAllTextAsync(fixture["0123456789.dump"] + SideFile.Suffix);
        Assert.Contains("\"output_bytes\":1000000", side, StringComparison.Ordinal);
        Assert.Equal(ofStreams, side.Contains(Convert.ToHexStringLower(SHA256.HashData(data)), StringComparison.Ordinal));
        Assert.Equal(ofStreams, side.Contains("input_sha256", StringComparison.Ordinal));
        RecordingRecord row = fixture.Rows.Last();
        byte[] file = await File.ReadAllBytesAsync(fixture["0123456789.dump"]);
        Assert.Equal((ofFile ? Convert.ToHexStringLower(SHA256.HashData(file)) : "", (long)file.Length), (row.Sha256, row.Bytes));
        Assert.True(file.AsSpan().EndsWith(data.AsSpan(data.Length - 5_000)));
        Assert.InRange(file.Length, 10_000, 200_000);
    }

    [Fact]
    public async Task A_session_on_a_terminal_is_kept_whole_at_any_rate()
    {
        await using var fixture = new RecordingFixture { Route = new() { RecordingBulkLimit = 1_000, RecordingBulkRate = 1_000 } };
        IRelayTap connection = await fixture.ConnectAsync();
        IChannelTap channel = RecordingFixture.Start(connection, "", new(80, 24, 0, 0));
        for (int i = 0; i < 100; i++) channel.Data(DataStream.Output, new byte[1_000]);
        await RecordingFixture.EndAsync(connection, channel);
        Assert.Equal(100_000, (await RecordedDump.ReadAsync(fixture["0123456789.dump"])).Output.Length);
    }
}
