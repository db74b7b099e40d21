using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>
/// Decides, where the relay appends, how much of a session without a terminal is kept: of a file transfer the first and the last part; of any
/// other session all, until it has sent more than a rate allows. From then on only its last part is kept. What is left out is counted and
/// goes no further: no queue, no thread. Safe for both sides at once.
/// </summary>
/// <param name="limit">Bytes of data that are kept, first and last part together.</param>
/// <param name="isTransfer">A file transfer from the start; otherwise the rate decides.</param>
/// <param name="rate">Bytes a second, over <see cref="Window"/>; 0: any.</param>
internal sealed class BulkGate(long limit, bool isTransfer, long rate) : IDisposable
{
    /// <summary>So long a session may go on faster than the rate from a standing start at twice the rate.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    /// <summary>The last part is in memory until the end, and so it is short.</summary>
    public const long LongestTail = 512 * 1024;

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[3];
    private readonly RecordTail _tail = new(Math.Min(limit / 2, LongestTail));
    private long _headLeft = isTransfer ? limit - Math.Min(limit / 2, LongestTail) : long.MaxValue;
    private long _behindHead;
    private double _level;
    private ulong _levelNs;

    /// <summary>Whether the recording is one of a bulk transfer, by its command or by its rate.</summary>
    public bool IsBulk { get; private set; } = isTransfer;

    public bool IsTransfer { get; } = isTransfer;

    /// <summary>Bytes of data that are in the recording neither at its head nor at its tail.</summary>
    public long LeftOut => _behindHead - _tail.DataBytes;

    /// <summary>Bytes of a stream, kept or not.</summary>
    public long Count(DumpDescriptor stream) => _counts[(int)stream];

    /// <summary>How much of the data, from its beginning, goes into the recording now. The rest may still be part of the tail.</summary>
    public int Pass(ulong timeNs, DumpDescriptor stream, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            _counts[(int)stream] += data.Length;
            if (!IsBulk && rate > 0) Measure(timeNs, data.Length);
            int passed = (int)Math.Min(_headLeft, data.Length);
            if (_headLeft != long.MaxValue) _headLeft -= passed;
            if (passed == data.Length) return passed;
            _behindHead += data.Length - passed;
            _tail.Append(timeNs, stream, data[passed..]);
            return passed;
        }
    }

    /// <summary>The last part, as records; once, when nothing more passes.</summary>
    public void WriteTail(Action<byte[], int, int> write) => _tail.Write(write);

    public void Dispose()
    {
        lock (_lock) _tail.Dispose();
    }

    /// <summary>A bucket that runs out at the rate: full, the session is a bulk transfer.</summary>
    private void Measure(ulong timeNs, int bytes)
    {
        double passed = timeNs > _levelNs ? (timeNs - _levelNs) / 1e9 : 0;
        _level = Math.Max(0, _level - (passed * rate)) + bytes;
        _levelNs = Math.Max(_levelNs, timeNs);
        if (_level <= rate * Window.TotalSeconds) return;
        IsBulk = true;
        _headLeft = 0;
    }
}
