using System.Buffers;
using System.Runtime.InteropServices;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>Records that wait to be written, whole and framed as in a dump, in one rented array.</summary>
internal struct RecordChunk(byte[] bytes)
{
    public byte[] Bytes { get; } = bytes;

    public int Used { get; set; }

    /// <summary>There is something the user typed in it: it may be a password.</summary>
    public bool HasInput { get; set; }
}

/// <summary>
/// Records on their way from the relay to whoever writes them. Appending never waits; who appends asks for room afterwards, which is how a
/// slow disk slows the session down. The bound may be passed by what one read of a socket brings. Holds no memory while empty.
/// </summary>
internal sealed class RecordQueue(int limit = RecordQueue.DefaultLimit)
{
    public const int DefaultLimit = 2 * 1024 * 1024;

    // A keystroke does not rent what a copy needs.
    private const int SmallChunk = 4 * 1024;
    private const int LargeChunk = 256 * 1024;

    private readonly Lock _lock = new();
    private List<RecordChunk> _waiting = [];
    private List<RecordChunk> _spare = [];
    private int _queued;
    private ulong _lastNs;
    private TaskCompletionSource? _room;

    /// <summary>Bytes that are not written yet.</summary>
    public int Queued => Volatile.Read(ref _queued);

    public bool IsFull => Queued >= limit;

    /// <summary>Adds a record; true when it is the first that waits.</summary>
    public bool Append(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        int size = DumpRecord.HeadSize + data.Length;
        lock (_lock)
        {
            bool first = _waiting.Count == 0;
            if (first || _waiting[^1].Bytes.Length - _waiting[^1].Used < size)
                _waiting.Add(new RecordChunk(ArrayPool<byte>.Shared.Rent(Math.Max(first && size < SmallChunk ? SmallChunk : LargeChunk, size))));
            ref RecordChunk chunk = ref CollectionsMarshal.AsSpan(_waiting)[^1];
            Span<byte> free = chunk.Bytes.AsSpan(chunk.Used);
            // Both sides append: who looked at the clock first may come second.
            _lastNs = Math.Max(_lastNs, timeNs);
            DumpRecord.WriteHead(free, _lastNs, descriptor, (uint)data.Length);
            data.CopyTo(free[DumpRecord.HeadSize..]);
            chunk.Used += size;
            chunk.HasInput |= descriptor == DumpDescriptor.Input;
            Volatile.Write(ref _queued, _queued + size);
            RecordingMetrics.Queued(size);
            return first;
        }
    }

    /// <summary>Everything that waits, in order; <see cref="Release"/> gives it back. One taker at a time.</summary>
    public List<RecordChunk> Take()
    {
        lock (_lock)
        {
            List<RecordChunk> taken = _waiting;
            _waiting = _spare;
            _spare = taken;
            return taken;
        }
    }

    /// <summary>What was taken is written (or given up): there is room again.</summary>
    public void Release(List<RecordChunk> taken)
    {
        int written = 0;
        foreach (RecordChunk chunk in taken)
        {
            written += chunk.Used;
            if (chunk.HasInput) chunk.Bytes.AsSpan(0, chunk.Used).Clear();
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }

        taken.Clear();
        TaskCompletionSource? room = null;
        lock (_lock)
        {
            Volatile.Write(ref _queued, _queued - written);
            if (_queued < limit) (room, _room) = (_room, null);
        }

        RecordingMetrics.Queued(-written);
        room?.SetResult();
    }

    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (IsFull)
        {
            Task room;
            lock (_lock)
            {
                if (_queued < limit) return;
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
