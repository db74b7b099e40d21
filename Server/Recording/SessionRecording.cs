using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Output;
using SshGateway.Server.Recording.Places;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>
/// One recording. The relay appends, the recording threads write: <see cref="Run"/> is called by one of them at a time. A failure is told
/// once; what is appended after it is dropped.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The thread that writes the last of it closes the output.")]
internal sealed class SessionRecording
{
    /// <summary>Marks a size of the terminal inside the queue; never leaves it.</summary>
    private const DumpDescriptor ResizeMark = (DumpDescriptor)3;

    /// <summary>So many bytes are written at once rather than soon.</summary>
    private const int ServeAt = 128 * 1024;

    private readonly RecordingSpec _spec;
    private readonly RecordingServices _services;
    private readonly RecordingClock _clock;
    private readonly RecordQueue _queue = new();
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<TaskCompletionSource> _settling = [];
    private Turn _turn;
    private bool _ending;
    private ulong _endNs;
    private bool _failed;

    // Of the thread whose turn it is.
    private readonly Func<IRecordingPlace> _open;
    private IRecordingPlace? _place;
    private HashingStream? _stream;
    private IRecordingOutput? _output;
    private BulkCap? _bulk;
    private SizeLimit? _limit;
    private bool _finished;

    public SessionRecording(RecordingSpec spec, Func<IRecordingPlace> open, RecordingClock clock, RecordingServices services)
    {
        _spec = spec;
        _open = open;
        _clock = clock;
        _services = services;
        if (spec.HasTerminal) AppendResize(spec.Header.StartNs, spec.Columns, spec.Rows);
        Serve();
    }

    private enum Turn
    {
        Idle,
        Waiting,
        Running,
        RunningAndWaiting,
    }

    /// <summary>Called once, on a recording thread, when nothing more can be recorded.</summary>
    public Action<string>? Failed { get; init; }

    public bool IsFull => _queue.IsFull;

    /// <summary>Completes when the recording is closed and in the index.</summary>
    public Task Ended => _ended.Task;

    public void Append(DumpDescriptor descriptor, ReadOnlySpan<byte> data) => Append(_clock.NowNs, descriptor, data);

    public void Resize(int columns, int rows) => AppendResize(_clock.NowNs, columns, rows);

    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => _queue.WaitForRoomAsync(cancellationToken);

    /// <summary>Completes when everything appended before is written. Where the recording is a must and has failed: never.</summary>
    public Task SettleAsync()
    {
        TaskCompletionSource settled;
        lock (_lock)
        {
            if (_failed) return _spec.Route.RecordingMode == RecordingMode.Strict ? Task.Delay(Timeout.Infinite, _services.Stopping) : Task.CompletedTask;
            if (_queue.Queued == 0 && _turn == Turn.Idle) return Task.CompletedTask;
            settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _settling.Add(settled);
        }

        Serve();
        return settled.Task;
    }

    /// <summary>The channel is closed: the recording is finished in the background.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_ending) return;
            _ending = true;
            _endNs = _clock.NowNs;
        }

        Serve();
    }

    /// <summary>Asks for a turn of <see cref="Run"/>.</summary>
    public void Serve()
    {
        lock (_lock)
        {
            if (_turn is Turn.Waiting or Turn.RunningAndWaiting) return;
            _turn = _turn == Turn.Running ? Turn.RunningAndWaiting : Turn.Waiting;
            if (_turn == Turn.RunningAndWaiting) return;
        }

        _services.Threads.Serve(this);
    }

    /// <summary>Writes what waits; on a recording thread.</summary>
    public void Run()
    {
        List<TaskCompletionSource> settling;
        bool ending;
        lock (_lock)
        {
            _turn = Turn.Running;
            (settling, _settling) = (_settling, []);
            // Whatever was appended before the end is in the queue by now.
            ending = _ending;
        }

        WriteQueue(ending);
        bool mustNeverSettle = _failed && _spec.Route.RecordingMode == RecordingMode.Strict;
        if (!mustNeverSettle) settling.ForEach(settled => settled.SetResult());
        bool again;
        lock (_lock)
        {
            again = _turn == Turn.RunningAndWaiting;
            _turn = again ? Turn.Waiting : Turn.Idle;
        }

        if (again) _services.Threads.Serve(this);
    }

    private void Append(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        if (Volatile.Read(ref _failed)) return;
        bool first = _queue.Append(timeNs, descriptor, data);
        if (_queue.Queued >= ServeAt) Serve();
        else if (first) _services.Threads.ServeSoon(this);
    }

    private void AppendResize(ulong timeNs, int columns, int rows)
    {
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(size, columns);
        BinaryPrimitives.WriteInt32BigEndian(size[4..], rows);
        Append(timeNs, ResizeMark, size);
    }

    private void WriteQueue(bool ending)
    {
        List<RecordChunk> taken = _queue.Take();
        try
        {
            if (_failed || _finished) return;
            if (_output is null) OpenOutput();
            foreach (RecordChunk chunk in taken) Write(chunk.Bytes.AsSpan(0, chunk.Used));
            _output!.Flush();
            if (ending) Finish();
        }
        catch (Exception e)
        {
            // Whatever it is, it must end neither the thread nor other recordings.
            Fail(e);
        }
        finally
        {
            _queue.Release(taken);
            if (ending) Close();
        }
    }

    /// <summary>Runs of records go out at once; sizes of the terminal stand between them.</summary>
    private void Write(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records);
        int from = 0;
        int at = 0;
        while (cursor.MoveNext())
        {
            int next = at + cursor.Framed.Length;
            if (cursor.Descriptor == ResizeMark)
            {
                if (at > from) _output!.Write(records[from..at]);
                _output!.Resize(cursor.TimeNs, BinaryPrimitives.ReadInt32BigEndian(cursor.Data), BinaryPrimitives.ReadInt32BigEndian(cursor.Data[4..]));
                from = next;
            }

            at = next;
        }

        if (at > from) _output!.Write(records[from..at]);
    }

    private void OpenOutput()
    {
        _place = _open();
        _stream = new HashingStream(_place.Data);
        IRecordingOutput output = _place.Format == "asciicast"
            ? new AsciicastOutput(_stream, _spec.Header, _spec.Columns, _spec.Rows)
            : new DumpOutput(_stream, new Lazy<Stream>(_place.OpenSide), _spec.Header);
        if (_spec.Route.DumpLimitSize > 0)
            output = _limit = new SizeLimit(output, _spec.Route.DumpLimitSize, _spec.Route.DumpLimitWindow, _spec.Header.StartNs);
        if (_spec.IsTransfer) output = _bulk = new BulkCap(output, _spec.Route.RecordingBulkLimit);
        _output = output;
        _services.Began(_spec, _place);
    }

    private void Finish()
    {
        _output!.Finish(_endNs);
        _output.Flush();
        _finished = true;
        string status = _limit is { LeftOut: > 0 } ? $"cut: {_limit.LeftOut} bytes are past dump_limit_size" : RecordingServices.Complete;
        _services.Ended(_spec, _place!, _stream!, status, _endNs);
    }

    private void Fail(Exception error)
    {
        Volatile.Write(ref _failed, true);
        long written = _stream?.Written ?? 0;
        string reason = $"broke off after {written} bytes: {error.Message}";
        ulong now = _clock.NowNs;
        try
        {
            _place?.Cut(written);
            _output?.Note(new RecordingNote(now, "broken", reason, []));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The index and the log say it, too.
        }

        _services.Broke(_spec, _place, _stream, reason, now, error);
        Failed?.Invoke(reason);
    }

    private void Close()
    {
        try
        {
            _bulk?.Dispose();
            _stream?.Dispose();
            _place?.Dispose();
        }
        catch (IOException)
        {
            // Everything was handed over before; there is nobody left to tell.
        }

        _ended.TrySetResult();
    }
}
