namespace SshGateway.Protocol.Tests.Transport;

/// <summary>
/// One end of a connection in memory. It behaves as a socket does: a read of no bytes waits until there are some, a write waits
/// while too much is unread, closing an end lets the other read what is left and then its end of stream.
/// </summary>
internal sealed class DuplexStream : Stream
{
    private readonly Pipe _incoming;
    private readonly Pipe _outgoing;

    private DuplexStream(Pipe incoming, Pipe outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public static (DuplexStream First, DuplexStream Second) CreatePair(int capacity = 1024 * 1024)
    {
        var forth = new Pipe(capacity);
        var back = new Pipe(capacity);
        return (new DuplexStream(back, forth), new DuplexStream(forth, back));
    }

    /// <summary>Length of the longest buffer that a read was given.</summary>
    public int LongestRead { get; private set; }

    /// <summary>True while a read waits that brought no buffer along.</summary>
    public bool WaitsWithoutBuffer { get; private set; }

    /// <summary>Changes bytes on their way out; for damage.</summary>
    public Func<byte[], byte[]>? Corrupt { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        LongestRead = Math.Max(LongestRead, buffer.Length);
        WaitsWithoutBuffer = buffer.IsEmpty;
        try
        {
            return await _incoming.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            WaitsWithoutBuffer = false;
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _outgoing.WriteAsync(Corrupt is { } corrupt ? corrupt(buffer.ToArray()) : buffer, cancellationToken);

    /// <summary>Nothing more is sent; the other direction goes on.</summary>
    public void CloseWriting() => _outgoing.CloseWriting();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _outgoing.CloseWriting();
        _incoming.CloseReading();
        base.Dispose(disposing);
    }

    private sealed class Pipe(int capacity)
    {
        private readonly Lock _lock = new();
        private byte[] _bytes = new byte[4096];
        private int _start;
        private int _end;
        private bool _writingClosed;
        private bool _readingClosed;
        private TaskCompletionSource? _changed;

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task wait;
                lock (_lock)
                {
                    ObjectDisposedException.ThrowIf(_readingClosed, typeof(DuplexStream));
                    if (_end > _start) return Take(buffer.Span);
                    if (_writingClosed) return 0;
                    wait = Wait();
                }

                await wait.WaitAsync(cancellationToken);
            }
        }

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            while (!buffer.IsEmpty)
            {
                Task? wait = null;
                lock (_lock)
                {
                    if (_writingClosed || _readingClosed) throw new IOException("the other end is closed");
                    int count = Math.Min(buffer.Length, capacity - (_end - _start));
                    if (count == 0) wait = Wait();
                    else Put(buffer.Span[..count]);
                    buffer = buffer[count..];
                }

                if (wait is not null) await wait.WaitAsync(cancellationToken);
            }
        }

        public void CloseWriting()
        {
            lock (_lock)
            {
                _writingClosed = true;
                Wake();
            }
        }

        public void CloseReading()
        {
            lock (_lock)
            {
                _readingClosed = true;
                Wake();
            }
        }

        private int Take(Span<byte> destination)
        {
            int count = Math.Min(destination.Length, _end - _start);
            _bytes.AsSpan(_start, count).CopyTo(destination);
            _start += count;
            if (count > 0) Wake();
            return count;
        }

        private void Put(ReadOnlySpan<byte> bytes)
        {
            int kept = _end - _start;
            if (_bytes.Length - _end < bytes.Length)
            {
                byte[] target = kept + bytes.Length > _bytes.Length ? new byte[2 * (kept + bytes.Length)] : _bytes;
                _bytes.AsSpan(_start, kept).CopyTo(target);
                (_bytes, _start, _end) = (target, 0, kept);
            }

            bytes.CopyTo(_bytes.AsSpan(_end));
            _end += bytes.Length;
            Wake();
        }

        private Task Wait() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        private void Wake()
        {
            TaskCompletionSource? changed = _changed;
            _changed = null;
            changed?.TrySetResult();
        }
    }
}
