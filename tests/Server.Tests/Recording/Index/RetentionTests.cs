using Microsoft.Extensions.Logging.Abstractions;
using SshGateway.Server.Recording;
using SshGateway.Server.Recording.Index;
using SshGateway.Server.Tests.Ctl;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;
using SshGateway.Storage.State.Memory;
using Xunit;

namespace SshGateway.Server.Tests.Recording.Index;

public sealed class RetentionTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("sgt-").FullName;
    private readonly FakeTime _time = new(Now, TimeZoneInfo.Utc);
    private readonly MemoryStateStore _store;

    public RetentionTests() => _store = new MemoryStateStore(_time);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_too_old_goes_with_the_file_beside_it()
    {
        await PutAsync("old", days: 31, bytes: 10);
        await PutAsync("young", days: 29, bytes: 10);
        await ApplyAsync(new RetentionLimits(TimeSpan.FromDays(30), 0));
        Assert.Equal(["young"], await RowsAsync());
        Assert.Equal(["young", "young.events"], Files());
    }

    [Fact]
    public async Task Of_what_is_too_large_together_the_oldest_go()
    {
        for (int i = 1; i <= 5; i++) await PutAsync($"r{i}", days: i, bytes: 100);
        await ApplyAsync(new RetentionLimits(TimeSpan.Zero, 250));
        Assert.Equal(["r1", "r2"], await RowsAsync());
        Assert.Equal(["r1", "r1.events", "r2", "r2.events"], Files());
    }

    [Fact]
    public async Task What_runs_and_what_another_gateway_has_is_kept_however_old()
    {
        await PutAsync("running", days: 100, bytes: 10, status: RecordingServices.Running);
        await PutAsync("foreign", days: 100, bytes: 10, gateway: "other");
        await ApplyAsync(new RetentionLimits(TimeSpan.FromDays(1), 1));
        Assert.Equal(["foreign", "running"], await RowsAsync());
    }

    [Fact]
    public async Task Without_limits_and_without_its_file_nothing_breaks()
    {
        await PutAsync("kept", days: 1000, bytes: 10);
        await ApplyAsync(new RetentionLimits(TimeSpan.Zero, 0));
        Assert.Equal(["kept"], await RowsAsync());
        File.Delete(Path.Combine(_folder, "kept"));
        await PutAsync("gone/with/its/folder", days: 1000, bytes: 10, file: false);
        await ApplyAsync(new RetentionLimits(TimeSpan.FromDays(1), 0));
        Assert.Empty(await RowsAsync());
    }

    [Fact]
    public async Task More_rows_than_a_page_are_all_seen_also_those_of_one_moment()
    {
        for (int i = 0; i < 2_300; i++) await PutAsync($"{i:D4}", days: 1 + (i / 600), bytes: 1, file: false);
        await ApplyAsync(new RetentionLimits(TimeSpan.Zero, 10));
        Assert.Equal(10, (await RowsAsync()).Count);
    }

    [Fact]
    public async Task What_a_killed_gateway_left_open_is_closed_with_what_is_in_the_file()
    {
        await PutAsync("left", days: 1, bytes: 0, status: RecordingServices.Running);
        await File.WriteAllTextAsync(Path.Combine(_folder, "left"), "abc");
        using var retention = new Retention(_store, "gw", new RetentionLimits(TimeSpan.Zero, 0), _time, NullLogger.Instance);
        await retention.CloseAbandonedAsync(Now, CancellationToken.None);
        RecordingRecord row = Assert.Single(await _store.GetRecordingsAsync(new RecordingFilter(Limit: 10), CancellationToken.None));
        Assert.StartsWith("interrupted", row.Status, StringComparison.Ordinal);
        Assert.Equal((3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), (row.Bytes, row.Sha256));
    }

    [Fact]
    public async Task Other_limits_hold_at_once()
    {
        await PutAsync("old", days: 31, bytes: 10);
        using var retention = new Retention(_store, "gw", new RetentionLimits(TimeSpan.Zero, 0), TimeProvider.System, NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        Task running = retention.RunAsync(stop.Token);
        retention.Change(new RetentionLimits(TimeSpan.FromDays(30), 0));
        using var patience = new CancellationTokenSource(RecordingFixture.Patience);
        while ((await RowsAsync()).Count > 0) await Task.Delay(10, patience.Token);
        await stop.CancelAsync();
        await running.WaitAsync(RecordingFixture.Patience);
        Assert.Empty(Files());
    }

    private async Task ApplyAsync(RetentionLimits limits)
    {
        using var retention = new Retention(_store, "gw", limits, _time, NullLogger.Instance);
        await retention.ApplyAsync(CancellationToken.None);
    }

    private async Task PutAsync(string name, int days, long bytes, string status = RecordingServices.Complete, string gateway = "gw", bool file = true)
    {
        string path = Path.Combine(_folder, name);
        if (file)
        {
            await File.WriteAllBytesAsync(path, new byte[bytes]);
            await File.WriteAllTextAsync(path + SideFile.Suffix, "{}\n");
        }

        await _store.PutRecordingAsync(
            new RecordingRecord
            {
                Id = path,
                Connection = "0123456789",
                Gateway = gateway,
                User = "alice",
                Host = "n1:22",
                Command = "",
                Start = Now.AddDays(-days),
                Bytes = bytes,
                Location = path,
                Format = "dump",
                Sha256 = "",
                Status = status,
            },
            CancellationToken.None);
    }

    private async Task<List<string>> RowsAsync() =>
        [.. (await _store.GetRecordingsAsync(new RecordingFilter(Limit: 5_000), CancellationToken.None)).Select(row => Path.GetFileName(row.Location)).Order(StringComparer.Ordinal)];

    private string[] Files() => [.. Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
}
