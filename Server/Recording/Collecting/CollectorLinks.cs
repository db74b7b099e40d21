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
    private readonly ConcurrentDictionary<HostEndpoint, CollectorState> _collectors = new();
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Recordings that are not at their collector yet.</summary>
    public int Count => _links.Count;

    /// <summary>Bytes that wait for a collector, over all recordings.</summary>
    public long Waiting => _links.Keys.Sum(link => link.Waiting);

    /// <exception cref="IOException">There is no room, or no such address.</exception>
    public IRecordingPlace Open(string address, string name, ulong startNs, long spoolSize)
    {
        if (!HostEndpoint.TryParse(address, 0, out HostEndpoint collector)) throw new IOException($"{address} is no address of a collector");
        CollectorState state = _collectors.GetOrAdd(collector, endpoint => new CollectorState(endpoint));
        try
        {
            Directory.CreateDirectory(folder, FolderMode);
            var link = new CollectorLink(state, Path.Combine(folder, $"{name}-{startNs}"), spoolSize, services);
            _links[link] = RunAsync(link);
            return new CollectorPlace(link, $"TCP:{collector}/{name}");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Gives collectors a moment to take what is left. What they do not take stays in the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        Task all = Task.WhenAll(_links.Values);
        await Task.WhenAny(all, Task.Delay(ClosePatience)).ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

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
internal sealed class CollectorState(HostEndpoint endpoint)
{
    private int _away;
    private int _version;

    public HostEndpoint Endpoint => endpoint;

    /// <summary>It understands version 1 only, as a recording has found out. One that has ever answered in version 2 always will.</summary>
    public bool SpeaksVersion1 => Volatile.Read(ref _version) == 1;

    public void SpeaksOnlyVersion1() => Interlocked.CompareExchange(ref _version, 1, 0);

    public void Answered() => Volatile.Write(ref _version, 2);

    /// <summary>True for the first to notice that it went, so that one line is logged and not thousands.</summary>
    public bool Went() => Interlocked.Exchange(ref _away, 1) == 0;

    public bool CameBack() => Interlocked.Exchange(ref _away, 0) == 1;
}
