namespace SshGateway.Server.Recording;

/// <summary>
/// The threads that write recordings. Writing to a disk blocks, and must not block those who relay: it has threads of its own,
/// a few for all recordings. A recording with little to write is served a few times a second, so that a keystroke costs no switch of threads.
/// </summary>
internal sealed class RecordingThreads : IDisposable
{
    /// <summary>What is appended is written at most about this much later.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private const int Count = 4;

    private readonly Lock _starting = new();
    private readonly Queue<SessionRecording> _work = new();
    private readonly Lock _dirtyLock = new();
    private List<SessionRecording> _dirty = [];
    private Timer? _timer;
    private bool _stopping;

    /// <summary>Serves the recording as soon as a thread is free.</summary>
    public void Serve(SessionRecording recording)
    {
        Start();
        lock (_work)
        {
            _work.Enqueue(recording);
            Monitor.Pulse(_work);
        }
    }

    /// <summary>Serves the recording within <see cref="Interval"/>.</summary>
    public void ServeSoon(SessionRecording recording)
    {
        Start();
        lock (_dirtyLock) _dirty.Add(recording);
    }

    /// <summary>The threads end when they have nothing left to do.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_work)
        {
            _stopping = true;
            Monitor.PulseAll(_work);
        }
    }

    private void Start()
    {
        if (_timer is not null) return;
        lock (_starting)
        {
            if (_timer is not null) return;
            for (int i = 0; i < Count; i++) new Thread(Run) { IsBackground = true, Name = "recording" }.Start();
            _timer = new Timer(_ => ServeDirty(), null, Interval, Interval);
        }
    }

    private void ServeDirty()
    {
        List<SessionRecording> dirty;
        lock (_dirtyLock)
        {
            if (_dirty.Count == 0) return;
            (dirty, _dirty) = (_dirty, []);
        }

        foreach (SessionRecording recording in dirty) recording.Serve();
    }

    private void Run()
    {
        while (true)
        {
            SessionRecording recording;
            lock (_work)
            {
                while (_work.Count == 0)
                {
                    if (_stopping) return;
                    Monitor.Wait(_work);
                }

                recording = _work.Dequeue();
            }

            recording.Run();
        }
    }
}
