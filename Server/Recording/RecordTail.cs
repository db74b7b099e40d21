using System.Buffers;
using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>The last bytes of what is appended, as framed records, in two buffers that take turns. Not safe for several threads.</summary>
/// <param name="limit">Bytes of data that are kept.</param>
internal sealed class RecordTail(long limit) : IDisposable
{
    private Half _older = new();
    private Half _newer = new();
    private bool _disposed;

    /// <summary>Bytes of data that <see cref="Write"/> would write.</summary>
    public long DataBytes => Math.Min(limit, _older.Data + _newer.Data);

    public void Append(ulong timeNs, DumpDescriptor stream, ReadOnlySpan<byte> data)
    {
        if (_disposed || limit == 0) return;
        if (data.Length > limit) data = data[(int)(data.Length - limit)..];
        // When the newer half is a whole tail, nothing of the older one can be part of it any more.
        if (_newer.Data >= limit)
        {
            (_older, _newer) = (_newer, _older);
            _newer.Clear();
        }

        _newer.Append(timeNs, stream, data);
    }

    /// <summary>Hands the records over, oldest first; the first one may be cut at its beginning. Buffer, offset, count.</summary>
    public void Write(Action<byte[], int, int> write)
    {
        long excess = _older.Data + _newer.Data - DataBytes;
        foreach (Half half in (Half[])[_older, _newer])
        {
            int from = half.CutFront(ref excess);
            if (half.Used > from) write(half.Bytes, from, half.Used - from);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _older.Return();
        _newer.Return();
    }

    private sealed class Half
    {
        private const int Smallest = 64 * 1024;

        public byte[] Bytes { get; private set; } = [];

        public int Used { get; private set; }

        public long Data { get; private set; }

        public void Append(ulong timeNs, DumpDescriptor stream, ReadOnlySpan<byte> data)
        {
            int size = DumpRecord.HeadSize + data.Length;
            if (Bytes.Length - Used < size) Grow(Used + size);
            DumpRecord.WriteHead(Bytes.AsSpan(Used), timeNs, stream, (uint)data.Length);
            data.CopyTo(Bytes.AsSpan(Used + DumpRecord.HeadSize));
            Used += size;
            Data += data.Length;
        }

        /// <summary>Where the records begin when so many bytes of data are dropped at the front. The one in which that is gets a new head.</summary>
        public int CutFront(ref long excess)
        {
            var cursor = new RecordCursor(Bytes.AsSpan(0, Used));
            int at = 0;
            while (excess > 0 && cursor.MoveNext())
            {
                int data = cursor.Data.Length;
                if (data > excess)
                {
                    at += (int)excess;
                    DumpRecord.WriteHead(Bytes.AsSpan(at), cursor.TimeNs, cursor.Descriptor, (uint)(data - excess));
                    excess = 0;
                    return at;
                }

                excess -= data;
                at += cursor.Framed.Length;
            }

            return at;
        }

        public void Clear() => (Used, Data) = (0, 0);

        public void Return()
        {
            if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes, clearArray: true);
            Bytes = [];
            Clear();
        }

        private void Grow(int needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, Bytes.Length * 2), Smallest));
            Bytes.AsSpan(0, Used).CopyTo(larger);
            if (Bytes.Length > 0) ArrayPool<byte>.Shared.Return(Bytes, clearArray: true);
            Bytes = larger;
        }
    }
}
