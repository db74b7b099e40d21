using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SshGateway.Storage.Recordings;
using SshGateway.Storage.State;

namespace SshGateway.Server.Recording.Index;

/// <summary>
/// Deletes recordings of this gateway that are too old, and the oldest while all together are too large: file, the file beside it, and
/// row. Only what stands in the index is ever deleted. Recordings that a killed gateway left open are closed in the index first.
/// </summary>
internal sealed class Retention(IStateStore store, string gateway, RetentionLimits limits, TimeProvider time, ILogger log) : IDisposable
{
    private const int Page = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private RetentionLimits _limits = limits;

    /// <summary>Other limits, which are applied at once.</summary>
    public void Change(RetentionLimits next)
    {
        if (next == _limits) return;
        _limits = next;
        if (_changed.CurrentCount == 0) _changed.Release();
    }

    public void Dispose() => _changed.Dispose();

    /// <summary>Runs until cancelled: at once, then every few minutes, and when the limits change.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset started = time.GetUtcNow();
        bool closed = false;
        try
        {
            while (true)
            {
                try
                {
                    if (!closed) await CloseAbandonedAsync(started, cancellationToken).ConfigureAwait(false);
                    closed = true;
                    await ApplyAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (StateStoreException e)
                {
                    log.IndexUnavailable(e.Message);
                }

                await WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway is stopping.
        }
    }

    /// <summary>One round.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        RetentionLimits now = _limits;
        if (now.Age <= TimeSpan.Zero && now.TotalSize <= 0) return;
        DateTimeOffset oldest = now.Age > TimeSpan.Zero ? time.GetUtcNow() - now.Age : DateTimeOffset.MinValue;
        long total = 0;
        foreach (RecordingRecord row in await ReadAsync(null, cancellationToken).ConfigureAwait(false))
        {
            // Newest first: from the one on with which all are too large, the rest goes.
            total += row.Bytes;
            if (row.Status == RecordingServices.Running) continue;
            string? reason = row.Start < oldest ? "recording.retention"
                : now.TotalSize > 0 && total > now.TotalSize ? "recording.max_total_size"
                : null;
            if (reason is not null) await RemoveAsync(row, reason, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What runs in the index from before this process began runs no more.</summary>
    public async Task CloseAbandonedAsync(DateTimeOffset started, CancellationToken cancellationToken)
    {
        foreach (RecordingRecord row in await ReadAsync(started, cancellationToken).ConfigureAwait(false))
        {
            if (row.Status != RecordingServices.Running) continue;
            (long bytes, string digest) = await MeasureAsync(row.Location, cancellationToken).ConfigureAwait(false);
            await store.PutRecordingAsync(
                row with { Status = "interrupted: the gateway ended before the session", Bytes = bytes, Sha256 = digest }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task changed = _changed.WaitAsync(woken.Token);
        await Task.WhenAny(changed, Task.Delay(Interval, time, woken.Token)).ConfigureAwait(false);
        await woken.CancelAsync().ConfigureAwait(false);
        await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<(long Bytes, string Sha256)> MeasureAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream file = File.OpenRead(path);
            return (file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (0, "");
        }
    }

    private async Task<List<RecordingRecord>> ReadAsync(DateTimeOffset? before, CancellationToken cancellationToken)
    {
        var rows = new List<RecordingRecord>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            IReadOnlyList<RecordingRecord> page = await store.GetRecordingsAsync(new RecordingFilter(Before: before, Limit: Page), cancellationToken).ConfigureAwait(false);
            int known = seen.Count;
            rows.AddRange(page.Where(row => seen.Add(row.Id) && row.Gateway == gateway));
            if (page.Count < Page || seen.Count == known) return rows;
            // Several may have begun at one moment: the page's last moment is asked for again.
            before = page[^1].Start.AddTicks(10);
        }
    }

    private async Task RemoveAsync(RecordingRecord row, string reason, CancellationToken cancellationToken)
    {
        try
        {
            if (Path.IsPathRooted(row.Location))
            {
                File.Delete(row.Location);
                File.Delete(row.Location + SideFile.Suffix);
            }

            await store.RemoveRecordingAsync(row.Id, cancellationToken).ConfigureAwait(false);
            log.RecordingRemoved(row.Location, reason);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else has removed the folder with it.
            await store.RemoveRecordingAsync(row.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.RecordingNotRemoved(row.Location, e.Message);
        }
    }
}

/// <summary><c>recording.retention</c> and <c>recording.max_total_size</c>; zero is no limit.</summary>
internal sealed record RetentionLimits(TimeSpan Age, long TotalSize);
