using SshGateway.Storage.Recordings;

namespace SshGateway.Server.Recording;

/// <summary>Goes through framed records that lie one behind the other.</summary>
internal ref struct RecordCursor(ReadOnlySpan<byte> records)
{
    private ReadOnlySpan<byte> _rest = records;

    public ulong TimeNs { get; private set; }

    public DumpDescriptor Descriptor { get; private set; }

    /// <summary>Head and data.</summary>
    public ReadOnlySpan<byte> Framed { get; private set; }

    public readonly ReadOnlySpan<byte> Data => Framed[DumpRecord.HeadSize..];

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        TimeNs = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(_rest);
        Descriptor = (DumpDescriptor)_rest[8];
        int size = DumpRecord.HeadSize + (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(_rest[9..]);
        Framed = _rest[..size];
        _rest = _rest[size..];
        return true;
    }
}
