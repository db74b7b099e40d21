using System.Globalization;
using System.Security.Cryptography;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording.Output;

/// <summary>
/// Keeps the first and the last part of a file transfer and, of all of it, counts and SHA-256 per direction. The last part is held in memory
/// until the end, and so it is short; a gateway that is killed loses it.
/// </summary>
internal sealed class BulkCap(IRecordingOutput next, long limit) : IRecordingOutput, IDisposable
{
    private const long LongestTail = 512 * 1024;

    private readonly IncrementalHash[] _hashes = [NewHash(), NewHash(), NewHash()];
    private readonly long[] _counts = new long[3];
    private readonly Queue<byte[]> _tail = new();
    private readonly long _tailLimit = Math.Min(limit / 2, LongestTail);
    private long _headLeft = limit - Math.Min(limit / 2, LongestTail);
    private long _tailBytes;

    /// <summary>Bytes of data that are in the recording neither at its head nor at its tail.</summary>
    public long LeftOut { get; private set; }

    public void Write(ReadOnlySpan<byte> records)
    {
        var cursor = new RecordCursor(records);
        while (cursor.MoveNext())
        {
            int stream = (int)cursor.Descriptor;
            _hashes[stream].AppendData(cursor.Data);
            _counts[stream] += cursor.Data.Length;
            if (_headLeft > 0) WriteHead(cursor);
            else KeepTail(cursor.TimeNs, cursor.Descriptor, cursor.Data);
        }
    }

    public void Resize(ulong timeNs, int columns, int rows) => next.Resize(timeNs, columns, rows);

    public void Note(RecordingNote note) => next.Note(note);

    public void Flush() => next.Flush();

    public void Finish(ulong timeNs)
    {
        TrimTail();
        next.Note(Summary(timeNs));
        while (_tail.TryDequeue(out byte[]? record)) next.Write(record);
        next.Finish(timeNs);
    }

    public void Dispose()
    {
        foreach (IncrementalHash hash in _hashes) hash.Dispose();
    }

    private static IncrementalHash NewHash() => IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private void WriteHead(RecordCursor record)
    {
        if (record.Data.Length <= _headLeft)
        {
            _headLeft -= record.Data.Length;
            next.Write(record.Framed);
            return;
        }

        int fits = (int)_headLeft;
        _headLeft = 0;
        next.Write(Frame(record.TimeNs, record.Descriptor, record.Data[..fits]));
        KeepTail(record.TimeNs, record.Descriptor, record.Data[fits..]);
    }

    private void KeepTail(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        if (data.Length > _tailLimit)
        {
            LeftOut += data.Length - _tailLimit;
            data = data[(int)(data.Length - _tailLimit)..];
        }

        _tail.Enqueue(Frame(timeNs, descriptor, data));
        _tailBytes += data.Length;
        // The oldest may be needed in part: that is cut off at the end.
        while (_tailBytes - (_tail.Peek().Length - DumpRecord.HeadSize) >= _tailLimit) Drop(_tail.Dequeue().Length - DumpRecord.HeadSize);
    }

    private void TrimTail()
    {
        if (_tailBytes <= _tailLimit) return;
        var oldest = new RecordCursor(_tail.Dequeue());
        oldest.MoveNext();
        int excess = (int)(_tailBytes - _tailLimit);
        byte[][] rest = [.. _tail];
        _tail.Clear();
        _tail.Enqueue(Frame(oldest.TimeNs, oldest.Descriptor, oldest.Data[excess..]));
        foreach (byte[] record in rest) _tail.Enqueue(record);
        Drop(excess);
    }

    private void Drop(int bytes)
    {
        _tailBytes -= bytes;
        LeftOut += bytes;
    }

    private static byte[] Frame(ulong timeNs, DumpDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        byte[] record = new byte[DumpRecord.HeadSize + data.Length];
        DumpRecord.WriteHead(record, timeNs, descriptor, (uint)data.Length);
        data.CopyTo(record.AsSpan(DumpRecord.HeadSize));
        return record;
    }

    private RecordingNote Summary(ulong timeNs)
    {
        var values = new List<KeyValuePair<string, string>>();
        string[] names = ["input", "output", "error"];
        for (int i = 0; i < names.Length; i++)
        {
            values.Add(KeyValuePair.Create($"{names[i]}_bytes", Number(_counts[i])));
            values.Add(KeyValuePair.Create($"{names[i]}_sha256", Convert.ToHexStringLower(_hashes[i].GetCurrentHash())));
        }

        values.Add(KeyValuePair.Create("left_out", Number(LeftOut)));
        return new RecordingNote(timeNs, "bulk", $"a file transfer: {Number(LeftOut)} bytes between its head and its tail are left out", values);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
