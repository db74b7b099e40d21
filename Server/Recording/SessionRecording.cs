using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using SshGateway.Server.Configuration;
using SshGateway.Server.Recording.Places;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>
/// One recording. The relay appends, the recording threads write: <see cref="Run"/> is called by one of them at a time. A failure is told
/// once; what is appended after it is dropped.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Its writer disposes the gate when the last of it is written.")]
internal sealed class SessionRecording
{
    /// <summary>So many bytes are written at once rather than soon.</summary>
    private const int ServeAt = 512 * 1024;

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

    private readonly BulkGate? _gate;
    private readonly RecordingWriter _writer;
    private bool _finished;

    public SessionRecording(RecordingSpec spec, Func<IRecordingPlace> open, RecordingClock clock, RecordingServices services)
    {
        _spec = spec;
        _clock = clock;
        _services = services;
        if (spec.IsTransfer || spec.BulkRate > 0) _gate = new BulkGate(spec.Route.RecordingBulkLimit, spec.IsTransfer, spec.BulkRate);
        _writer = new RecordingWriter(spec, open, _gate, services);
        RecordingMetrics.Active(1);
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
        int passed = _gate is null || descriptor == RecordMark.Resize ? data.Length : _gate.Pass(timeNs, descriptor, data);
        if (passed > 0) Enqueue(timeNs, descriptor, data[..passed]);
        if (passed < data.Length && _spec.DigestsStreams) Enqueue(timeNs, RecordMark.Omitted(descriptor), data[passed..]);
    }

    private void Enqueue(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        bool first = _queue.Append(timeNs, descriptor, data);
        if (_queue.Queued >= ServeAt) Serve();
        else if (first) _services.Threads.ServeSoon(this);
    }

    private void AppendResize(ulong timeNs, int columns, int rows)
    {
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(size, columns);
        BinaryPrimitives.WriteInt32BigEndian(size[4..], rows);
        Append(timeNs, RecordMark.Resize, size);
    }

    private void WriteQueue(bool ending)
    {
        List<RecordChunk> taken = _queue.Take();
        try
        {
            if (_failed || _finished) return;
            _writer.Open();
            foreach (RecordChunk chunk in taken) _writer.Write(chunk.Bytes.AsSpan(0, chunk.Used));
            _writer.Flush();
            if (!ending) return;
            _writer.Finish(_endNs);
            _finished = true;
        }
        catch (Exception e)
        {
            // Whatever it is, it must end neither the thread nor other recordings.
            Volatile.Write(ref _failed, true);
            Failed?.Invoke(_writer.Break(e, _clock.NowNs));
        }
        finally
        {
            _queue.Release(taken);
            if (ending) Close();
        }
    }

    private void Close()
    {
        _writer.Close();
        if (_ended.TrySetResult()) RecordingMetrics.Active(-1);
    }
}
