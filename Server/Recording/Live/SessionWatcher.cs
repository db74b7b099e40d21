using System.Globalization;
using System.Text;

namespace SshGateway.Server.Recording.Live;

/// <summary>
/// One who looks on at a live session. What the session sends is copied behind a bound; a watcher that does not keep up misses some of it and
/// is told how much: the session never waits.
/// </summary>
internal sealed class SessionWatcher
{
    /// <summary>Bytes that wait for the watcher; what comes while they are not taken is left out.</summary>
    public const int Limit = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _waiting = new();
    private int _bytes;
    private long _missed;
    private bool _ended;
    private TaskCompletionSource? _more;

    /// <summary>The bytes are copied; never waits.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            // Once something is missing, more of it at once is better than holes everywhere.
            if (_ended || _bytes + bytes.Length > Limit || (_missed > 0 && _bytes > Limit / 2))
            {
                _missed += bytes.Length;
                return;
            }

            NoteMissed();
            Put(bytes.ToArray());
        }
    }

    /// <summary>The session is over: what waits is still shown.</summary>
    public void End()
    {
        lock (_lock)
        {
            NoteMissed();
            _ended = true;
            Wake();
        }
    }

    /// <summary>What came since; null when the session is over and all is taken.</summary>
    public async Task<IReadOnlyList<byte[]>?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_waiting.Count > 0)
                {
                    byte[][] taken = [.. _waiting];
                    _waiting.Clear();
                    _bytes = 0;
                    return taken;
                }

                if (_ended) return null;
                more = (_more ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void NoteMissed()
    {
        if (_missed == 0) return;
        Put(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\r\n[{_missed} bytes are left out: they came faster than they are shown]\r\n")));
        _missed = 0;
    }

    private void Put(byte[] bytes)
    {
        _waiting.Enqueue(bytes);
        _bytes += bytes.Length;
        Wake();
    }

    private void Wake()
    {
        _more?.SetResult();
        _more = null;
    }
}
