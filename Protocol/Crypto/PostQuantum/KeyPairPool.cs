using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace SshGateway.Protocol.Crypto.PostQuantum;

/// <summary>
/// Key pairs made ahead while the machine has nothing better to do. Each is handed out once. Until <see cref="Start"/> it only
/// makes what is asked for; afterwards a thread of low priority exists while the pool is being filled up, and none otherwise.
/// </summary>
/// <param name="capacity">Key pairs held at most; at half of it and below, the pool is filled up again.</param>
/// <param name="generate">Makes a key pair; called on any thread.</param>
internal sealed class KeyPairPool<T>(int capacity, Func<T> generate) : IDisposable
    where T : class, IDisposable
{
    private readonly ConcurrentQueue<T> _ready = new();
    private volatile bool _started;
    private int _filling;

    /// <summary>Key pairs that wait to be taken.</summary>
    public int Count => _ready.Count;

    public void Start()
    {
        _started = true;
        FillWhenLow();
    }

    /// <summary>A key pair that the caller owns: from the pool or, when it is empty, made now.</summary>
    public T Take()
    {
        bool found = _ready.TryDequeue(out T? pair);
        FillWhenLow();
        return found ? pair! : generate();
    }

    /// <summary>Clears the key pairs that wait. The pool goes on as one that was not started.</summary>
    public void Dispose()
    {
        _started = false;
        DiscardReady();
    }

    private void FillWhenLow()
    {
        if (!_started || _ready.Count > capacity / 2 || Interlocked.Exchange(ref _filling, 1) != 0) return;
        Thread thread = new(Fill) { IsBackground = true, Name = "key pairs" };
        thread.Start();
    }

    private void Fill()
    {
        ThreadNiceness.Raise();
        bool failed = false;
        try
        {
            while (_started && _ready.Count < capacity)
                _ready.Enqueue(generate());
        }
        catch (Exception)
        {
            failed = true; // whoever finds the pool empty meets the same failure, where it can be answered
        }
        Volatile.Write(ref _filling, 0);
        if (!_started) DiscardReady();
        else if (!failed) FillWhenLow(); // for takers who came between the last look and the line above
    }

    private void DiscardReady()
    {
        while (_ready.TryDequeue(out T? pair))
            pair.Dispose();
    }
}

/// <summary>What <see cref="KeyPairPool{T}"/> needs of the system.</summary>
internal static partial class ThreadNiceness
{
    private const int PrioProcess = 0;

    /// <summary>Lets the calling thread run when others do not want to. .NET's own thread priorities do nothing on Linux.</summary>
    public static void Raise() => _ = SetPriority(PrioProcess, 0, 10); // where it is refused, the work is done all the same

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
