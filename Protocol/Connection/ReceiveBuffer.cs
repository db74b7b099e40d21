using System.Buffers;

namespace SshGateway.Protocol.Connection;

/// <summary>Received bytes that nobody has consumed yet; holds no memory while it is empty. The window bounds it.</summary>
internal sealed class ReceiveBuffer
{
    private const int SmallestBuffer = 4 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;

    public int Count => _end - _start;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Moves bytes out, at most as many as fit.</summary>
    public int Take(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, Count);
        _buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        if (_start == _end) Clear();
        return count;
    }

    public void Clear()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
    }

    private void MakeRoom(int count)
    {
        if (_buffer is not null && _buffer.Length - _end >= count) return;
        int kept = Count;
        byte[] target = _buffer is not null && kept + count <= _buffer.Length / 2
            ? _buffer
            : ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, 2 * (kept + count)));
        _buffer.AsSpan(_start, kept).CopyTo(target);
        if (_buffer is not null && target != _buffer) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = target;
        _start = 0;
        _end = kept;
    }
}
