using System.Collections.Concurrent;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Places;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>The recordings that are on their way to collectors.</summary>
/// <param name="services">What all recordings share.</param>
/// <param name="folder">Where they lie until the collector has them.</param>
internal sealed class CollectorLinks(RecordingServices services, string folder) : IAsyncDisposable
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<CollectorLink, Task> _links = new();
    private readonly ConcurrentDictionary<(CollectorAddress Address, CollectorTls Tls), CollectorState> _collectors = new();
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Recordings that are not at their collector yet.</summary>
    public int Count => _links.Count;

    /// <summary>Bytes that wait for a collector, over all recordings.</summary>
    public long Waiting => _links.Keys.Sum(link => link.Waiting);

    /// <exception cref="IOException">There is no room, or no such address.</exception>
    public IRecordingPlace Open(string dump, CollectorTls tls, string name, ulong startNs, long spoolSize)
    {
        if (!CollectorAddress.TryParse(dump, out CollectorAddress address)) throw new IOException($"{dump} is no address of a collector");
        try
        {
            Directory.CreateDirectory(folder, FolderMode);
            var link = new CollectorLink(StateOf(address, tls), Path.Combine(folder, $"{name}-{startNs}"), spoolSize, services);
            _links[link] = RunAsync(link);
            return new CollectorPlace(link, $"{address}/{name}");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Sends what earlier processes have left in the folder. What cannot be read stays there.</summary>
    public void Resume()
    {
        if (!Directory.Exists(folder)) return;
        foreach (string file in Directory.GetFiles(folder, "*" + SpoolNote.Suffix))
        {
            string path = file[..^SpoolNote.Suffix.Length];
            if (SpoolNote.TryTake(path) is not { } note) continue;
            var link = new CollectorLink(StateOf(note.Address, note.Tls), path, 0, services);
            try
            {
                link.Resume(note);
                _links[link] = RunAsync(link);
                services.Log.SpoolResumed(path, note.Address.ToString());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                link.Dispose();
                services.Log.NotDelivered(path, note.Address.ToString(), e.Message);
            }
        }
    }

    /// <summary>Gives collectors a moment to take what is left. What they do not take stays in the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        Task all = Task.WhenAll(_links.Values);
        await Task.WhenAny(all, Task.Delay(ClosePatience)).ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private CollectorState StateOf(CollectorAddress address, CollectorTls tls) =>
        _collectors.GetOrAdd((address, tls), key => new CollectorState(key.Address, key.Tls));

    private async Task RunAsync(CollectorLink link)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await link.RunAsync(_closing.Token).ConfigureAwait(false);
        }
        finally
        {
            _links.TryRemove(link, out _);
        }
    }
}

/// <summary>What is known about one collector.</summary>
internal sealed class CollectorState(CollectorAddress address, CollectorTls tls)
{
    private int _away;
    private int _version;

    public CollectorAddress Address => address;

    public CollectorTls Tls => tls;

    /// <summary>It understands version 1 only, as a recording has found out. One that has ever answered in version 2 always will.</summary>
    public bool SpeaksVersion1 => Volatile.Read(ref _version) == 1;

    public void SpeaksOnlyVersion1() => Interlocked.CompareExchange(ref _version, 1, 0);

    public void Answered() => Volatile.Write(ref _version, 2);

    /// <summary>True for the first to notice that it went, so that one line is logged and not thousands.</summary>
    public bool Went() => Interlocked.Exchange(ref _away, 1) == 0;

    public bool CameBack() => Interlocked.Exchange(ref _away, 0) == 1;
}
