using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Recording.Index;
using SshGateway.Server.Tests.Ctl;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using Xunit;

namespace SshGateway.Server.Tests.Recording.Index;

public sealed class RecordingIndexTests
{
    [Fact]
    public async Task Rows_and_events_come_into_the_store_and_the_newest_row_of_a_recording_counts()
    {
        var store = new MemoryStateStore(TimeProvider.System);
        await using (var index = new RecordingIndex(store, NullLogger.Instance, TimeProvider.System))
        {
            for (int i = 0; i < 100; i++)
            {
                index.Put(Row($"/r{i}", "running"));
                index.Put(Row($"/r{i}", $"complete {i}"));
                index.Put(new EventRecord { Time = DateTimeOffset.UtcNow, Kind = "recording", Gateway = "gw", Message = $"{i}" });
            }
        }

        IReadOnlyList<RecordingRecord> rows = await store.GetRecordingsAsync(new RecordingFilter(Limit: 1_000), CancellationToken.None);
        Assert.Equal(100, rows.Count);
        Assert.All(rows, row => Assert.Equal($"complete {row.Location[2..]}", row.Status));
        IReadOnlyList<EventRecord> events = await store.GetEventsAsync(new EventFilter(Limit: 1_000), CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 100), events.Select(e => int.Parse(e.Message, System.Globalization.CultureInfo.InvariantCulture)).Order());
    }

    [Fact]
    public async Task A_store_that_is_away_holds_nobody_up()
    {
        var index = new RecordingIndex(UnreachableStore.Create(), NullLogger.Instance, TimeProvider.System);
        for (int i = 0; i < 1_000; i++) index.Put(Row($"/r{i}", "running"));
        await index.DisposeAsync().AsTask().WaitAsync(RecordingFixture.Patience);
    }

    private static RecordingRecord Row(string path, string status) => new()
    {
        Id = path,
        Connection = "0123456789",
        Gateway = "gw",
        User = "alice",
        Host = "n1:22",
        Command = "",
        Start = DateTimeOffset.UtcNow,
        Bytes = 1,
        Location = path,
        Format = "dump",
        Sha256 = "",
        Status = status,
    };
}
