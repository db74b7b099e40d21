using SshGateway.Server.Configuration;
using SshGateway.Server.Recording;
using SshGateway.Server.Recording.Places;
using SshGateway.Server.Relay.Taps;
using SshGateway.Storage.Recordings;
using Xunit;

namespace SshGateway.Server.Tests.Recording;

public sealed class BrokenDiskTests
{
    [Fact]
    public async Task A_full_disk_is_an_alarm_and_the_session_goes_on()
    {
        await using var fixture = new RecordingFixture();
        var place = new FullDisk(room: 10_000);
        SessionRecording recording = Begin(fixture, place, RecordingMode.BestEffort, _ => { });
        for (int i = 0; i < 1000; i++)
        {
            recording.Append(DumpDescriptor.Output, new byte[1000]);
            await recording.WaitForRoomAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
        }

        await recording.SettleAsync().WaitAsync(RecordingFixture.Patience);
        recording.End();
        await recording.Ended.WaitAsync(RecordingFixture.Patience);
        Assert.Contains("no space", Assert.Single(fixture.Events).Message, StringComparison.Ordinal);
        Assert.Equal("recording", fixture.Events.Single().Kind);
        Assert.StartsWith("broke off after", fixture.Rows.Last().Status, StringComparison.Ordinal);
        // What is there is whole: no half record at its end.
        await RecordedDump.ReadAsync(place.Bytes);
    }

    [Fact]
    public async Task Where_the_recording_is_a_must_its_failure_is_told_once_and_no_exit_status_passes()
    {
        await using var fixture = new RecordingFixture();
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        SessionRecording recording = Begin(fixture, new FullDisk(room: 100), RecordingMode.Strict, told.SetResult);
        recording.Append(DumpDescriptor.Output, new byte[1000]);
        Task settled = recording.SettleAsync();
        Assert.Contains("no space", await told.Task.WaitAsync(RecordingFixture.Patience), StringComparison.Ordinal);
        Assert.False(settled.IsCompleted);
        Assert.False(recording.SettleAsync().IsCompleted);
        recording.End();
        await recording.Ended.WaitAsync(RecordingFixture.Patience);
    }

    [Fact]
    public async Task No_recording_no_session_where_it_is_a_must()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { RecordingMode = RecordingMode.Strict } };
        File.WriteAllText(fixture["file"], "");
        await Assert.ThrowsAsync<TapRefusedException>(() => fixture.ConnectAsync(dump: "file/{user}/{sid}.dump"));
    }

    [Fact]
    public async Task A_file_that_was_made_ahead_is_removed_when_no_session_came()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { RecordingMode = RecordingMode.Strict } };
        IRelayTap connection = await fixture.ConnectAsync();
        Assert.Single(Directory.GetFiles(fixture.Folder));
        await RecordingFixture.EndAsync(connection);
        Assert.Empty(Directory.GetFiles(fixture.Folder));
    }

    [Fact]
    public async Task Where_recording_is_a_must_each_later_session_has_its_file_before_it_starts()
    {
        await using var fixture = new RecordingFixture { Route = RouteConfiguration.Default with { RecordingMode = RecordingMode.Strict } };
        IRelayTap connection = await fixture.ConnectAsync(dump: "sub/{sid}.dump");
        IChannelTap first = RecordingFixture.Start(connection, "one");
        IChannelTap second = RecordingFixture.Open(connection);
        await second.PrepareAsync(CancellationToken.None).AsTask().WaitAsync(RecordingFixture.Patience);
        Assert.True(File.Exists(fixture["sub/0123456789-2.dump"]));
        second.Starting(RecordingFixture.Exec("two"));
        second.Data(DataStream.Output, "output of two"u8);

        // A file where the folder was: nothing more can be made there.
        Directory.Move(fixture["sub"], fixture["moved"]);
        await File.WriteAllTextAsync(fixture["sub"], "");
        using var ended = new CancellationTokenSource();
        Task third = RecordingFixture.Open(connection).PrepareAsync(ended.Token).AsTask();
        Assert.False(third.IsCompleted);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.WaitAsync(RecordingFixture.Patience));
        await RecordingFixture.EndAsync(connection, first, second);
        Assert.Equal("output of two", (await RecordedDump.ReadAsync(fixture["moved/0123456789-2.dump"])).OutputText);
    }

    [Fact]
    public async Task A_disk_that_hangs_holds_up_the_session_that_writes_to_it()
    {
        await using var fixture = new RecordingFixture();
        using var place = new FullDisk(room: long.MaxValue);
        place.Gate.Reset();
        SessionRecording recording = Begin(fixture, place, RecordingMode.BestEffort, _ => { });
        while (!recording.IsFull) recording.Append(DumpDescriptor.Output, new byte[30_000]);
        Task room = recording.WaitForRoomAsync(CancellationToken.None).AsTask();
        Assert.False(room.IsCompleted);
        place.Gate.Set();
        await room.WaitAsync(RecordingFixture.Patience);
        recording.End();
        await recording.Ended.WaitAsync(RecordingFixture.Patience);
        Assert.Equal("complete", fixture.Rows.Last().Status);
    }

    private static SessionRecording Begin(RecordingFixture fixture, FullDisk place, RecordingMode mode, Action<string> failed)
    {
        var clock = new RecordingClock(TimeProvider.System);
        var spec = new RecordingSpec
        {
            Header = new DumpHeader
            {
                Source = new(System.Net.IPAddress.Loopback, 1),
                Destination = new(System.Net.IPAddress.Loopback, 2),
                StartNs = clock.NowNs,
                User = "alice"u8.ToArray(),
            },
            Connection = "0123456789",
            Number = 1,
            User = "alice",
            Host = "node1:22",
            Route = RouteConfiguration.Default with { RecordingMode = mode },
        };
        return new SessionRecording(spec, () => place, clock, fixture.Services) { Failed = failed };
    }

    private sealed class FullDisk(long room) : MemoryStream, IRecordingPlace
    {
        public ManualResetEventSlim Gate { get; } = new(true);

        public string Location => "full disk";

        public string Format => "dump";

        public Stream Data => this;

        public byte[] Bytes { get; private set; } = [];

        public Stream OpenSide() => throw new IOException("no space left on device");

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Gate.Wait();
            if (room != long.MaxValue && Length + buffer.Length > room)
            {
                base.Write(buffer[..(int)(room - Length)]);
                throw new IOException("no space left on device");
            }

            if (room != long.MaxValue) base.Write(buffer);
        }

        public void Cut(long length) => SetLength(length);

        protected override void Dispose(bool disposing)
        {
            if (disposing && Bytes.Length == 0) Bytes = ToArray();
            base.Dispose(disposing);
        }
    }
}
