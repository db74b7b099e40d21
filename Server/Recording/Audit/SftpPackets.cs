using System.Buffers.Binary;

namespace SshGateway.Server.Recording.Audit;

/// <summary>
/// Cuts one direction of an sftp stream into packets (draft-ietf-secsh-filexfer-02 §3): uint32 length, byte type, then fields. The data of
/// reads and writes is not copied: of a packet only its beginning is kept.
/// </summary>
internal sealed class SftpPackets(SftpPackets.Handler handler)
{
    /// <summary>What is kept of a packet that carries file data, and the longest of any other.</summary>
    private const int DataPrefix = 512;
    private const int LongestPacket = 256 * 1024;

    private const byte Write = 6;
    private const byte DataReply = 103;

    private readonly byte[] _head = new byte[5];
    private byte[] _kept = [];
    private int _headUsed;
    private int _keep;
    private int _used;
    private uint _left;

    /// <param name="type">Type of the packet.</param>
    /// <param name="body">What follows the type, or the beginning of it.</param>
    /// <param name="length">Length of all that follows the type.</param>
    public delegate void Handler(byte type, ReadOnlySpan<byte> body, uint length);

    /// <exception cref="InvalidDataException">This is no sftp.</exception>
    public void Accept(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_headUsed < _head.Length) data = data[TakeHead(data)..];
            else data = data[TakeBody(data)..];
            if (_headUsed == _head.Length && _left == 0) EndPacket();
        }
    }

    private int TakeHead(ReadOnlySpan<byte> data)
    {
        int take = Math.Min(data.Length, _head.Length - _headUsed);
        data[..take].CopyTo(_head.AsSpan(_headUsed));
        _headUsed += take;
        if (_headUsed == _head.Length) BeginBody();
        return take;
    }

    private void BeginBody()
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_head);
        bool isData = _head[4] is Write or DataReply;
        if (length == 0 || (length > LongestPacket && !isData) || length > 64 * LongestPacket) throw new InvalidDataException($"a packet of {length} bytes");
        _left = length - 1;
        _keep = (int)Math.Min(_left, isData ? DataPrefix : LongestPacket);
        _used = 0;
        if (_kept.Length < _keep) _kept = new byte[Math.Max(_keep, DataPrefix)];
    }

    private int TakeBody(ReadOnlySpan<byte> data)
    {
        int take = (int)Math.Min((uint)data.Length, _left);
        int keep = Math.Min(take, _keep - _used);
        data[..keep].CopyTo(_kept.AsSpan(_used));
        _used += keep;
        _left -= (uint)take;
        return take;
    }

    private void EndPacket()
    {
        _headUsed = 0;
        handler(_head[4], _kept.AsSpan(0, _used), BinaryPrimitives.ReadUInt32BigEndian(_head) - 1);
    }
}
