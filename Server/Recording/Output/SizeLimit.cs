using System.Globalization;

namespace SshGateway.Server.Recording.Output;

/// <summary>
/// <c>dump_limit_size</c> and <c>dump_limit_window</c>: past so many bytes of records nothing more is written; with a window the count begins
/// anew with each. Whole records only, so that what is there stays readable.
/// </summary>
internal sealed class SizeLimit(IRecordingOutput next, long limit, TimeSpan window, ulong startNs) : IRecordingOutput
{
    private readonly ulong _windowNs = (ulong)(window.Ticks * 100);
    private ulong _windowStartNs = startNs;
    private long _inWindow;
    private long _skipped;
    private bool _paused;

    /// <summary>Bytes of data left out so far.</summary>
    public long LeftOut { get; private set; }

    public void Write(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records);
        while (cursor.MoveNext())
        {
            if (_windowNs > 0 && cursor.TimeNs >= _windowStartNs + _windowNs) BeginWindow(cursor.TimeNs);
            if (!_paused && _inWindow + cursor.Framed.Length <= limit)
            {
                _inWindow += cursor.Framed.Length;
                next.Write(cursor.Framed);
            }
            else
            {
                Skip(cursor.TimeNs, cursor.Data.Length);
            }
        }
    }

    public void Resize(ulong timeNs, int columns, int rows) => next.Resize(timeNs, columns, rows);

    public void Note(RecordingNote note) => next.Note(note);

    public void Flush() => next.Flush();

    public void Finish(ulong timeNs)
    {
        if (_skipped > 0) NoteSkipped(timeNs, "bytes of data are left out up to the end");
        next.Finish(timeNs);
    }

    private void BeginWindow(ulong timeNs)
    {
        _windowStartNs += (timeNs - _windowStartNs) / _windowNs * _windowNs;
        _inWindow = 0;
        if (!_paused) return;
        _paused = false;
        NoteSkipped(timeNs, "bytes of data were left out; the recording resumes");
    }

    private void Skip(ulong timeNs, int bytes)
    {
        if (!_paused) next.Note(new RecordingNote(timeNs, "limit", $"the limit of {Number(limit)} bytes is reached; the recording pauses here", []));
        _paused = true;
        _skipped += bytes;
        LeftOut += bytes;
    }

    private void NoteSkipped(ulong timeNs, string text)
    {
        next.Note(new RecordingNote(timeNs, "resumed", $"{Number(_skipped)} {text}", [KeyValuePair.Create("left_out", Number(_skipped))]));
        _skipped = 0;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
