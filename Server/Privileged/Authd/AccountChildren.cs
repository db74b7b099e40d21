using System.Diagnostics;

namespace SshGateway.Server.Privileged.Authd;

/// <summary>
/// Children that check one account after the other, so that a login by key costs no process. None of them has ever seen a password, and none serves
/// for long: whatever modules leave behind ends with it.
/// </summary>
internal sealed class AccountChildren(ChildPool children) : IAsyncDisposable
{
    /// <summary>Kept when nobody needs them; under load there are as many as there are checks at a time.</summary>
    private const int MaxIdle = 2;

    private const int MaxChecks = 100;
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Stack<Entry> _idle = new();
    private bool _closed;

    /// <summary>Has a child do something; it is kept when <paramref name="use"/> says that it can do more.</summary>
    public async Task UseAsync(Func<AuthdChild, Task<bool>> use, CancellationToken cancellationToken)
    {
        Entry entry = await TakeIdleAsync().ConfigureAwait(false) ?? new Entry(await children.TakeAsync(cancellationToken).ConfigureAwait(false), Stopwatch.GetTimestamp());
        bool canDoMore = false;
        try
        {
            canDoMore = await use(entry.Child).ConfigureAwait(false);
        }
        finally
        {
            entry.Checks++;
            if (!canDoMore || !TryKeep(entry)) await entry.Child.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Entry[] idle;
        lock (_lock)
        {
            _closed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        foreach (Entry entry in idle) await entry.Child.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsFresh(Entry entry) => entry.Checks < MaxChecks && !entry.Child.HasExited && Stopwatch.GetElapsedTime(entry.Started) < MaxAge;

    private async ValueTask<Entry?> TakeIdleAsync()
    {
        while (true)
        {
            Entry? entry;
            lock (_lock)
            {
                if (!_idle.TryPop(out entry)) return null;
            }

            if (IsFresh(entry)) return entry;
            await entry.Child.DisposeAsync().ConfigureAwait(false);
        }
    }

    private bool TryKeep(Entry entry)
    {
        lock (_lock)
        {
            if (_closed || _idle.Count == MaxIdle || !IsFresh(entry)) return false;
            _idle.Push(entry);
            return true;
        }
    }

    private sealed class Entry(AuthdChild child, long started)
    {
        public AuthdChild Child => child;

        public long Started => started;

        public int Checks { get; set; }
    }
}
