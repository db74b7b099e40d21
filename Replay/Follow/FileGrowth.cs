namespace SshGateway.Replay.Follow;

/// <summary>
/// Growth of a file as the system reports it, and once a second in any case: network file systems report nothing, and the number
/// of watches is limited.
/// </summary>
internal sealed class FileGrowth : IGrowth
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _changed = new(0);
    private readonly FileSystemWatcher? _watcher;
    private readonly string _name;

    public FileGrowth(string path)
    {
        string full = Path.GetFullPath(path);
        _name = Path.GetFileName(full);
        try
        {
            // Not filtered by name here: in a filter, '*' and '?' would be wildcards.
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(full)!) { NotifyFilter = NotifyFilters.Size | NotifyFilters.LastWrite };
            _watcher.Changed += OnChanged;
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception error) when (error is IOException or ArgumentException)
        {
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _changed.WaitAsync(PollInterval, cancellationToken);

    public void Dispose()
    {
        // The semaphore stays: an event that is on its way may still release it.
        _watcher?.Dispose();
    }

    private void OnChanged(object sender, FileSystemEventArgs change)
    {
        if (change.Name == _name && _changed.CurrentCount == 0) _changed.Release();
    }
}
