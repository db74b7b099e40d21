using System.Buffers.Binary;

namespace SshGateway.Storage.Recordings;

/// <summary>The head of a record; its data is read in pieces with <see cref="DumpReader.ReadDataAsync"/>.</summary>
/// <param name="Offset">Where the record begins in the file, in bytes.</param>
/// <param name="TimeNs">Nanoseconds since 1970.</param>
/// <param name="Descriptor">The stream it belongs to.</param>
/// <param name="Size">Bytes of data as the file claims. It may be anything: allocate nothing by it.</param>
public readonly record struct DumpRecord(long Offset, ulong TimeNs, DumpDescriptor Descriptor, uint Size)
{
    /// <summary>Bytes before the data: u64 time, u8 descriptor, u32 size.</summary>
    public const int HeadSize = 13;

    /// <summary>Writes the <see cref="HeadSize"/> bytes that stand before a record's data.</summary>
    public static void WriteHead(Span<byte> target, ulong timeNs, DumpDescriptor descriptor, uint size)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, timeNs);
        target[8] = (byte)descriptor;
        BinaryPrimitives.WriteUInt32BigEndian(target[9..], size);
    }

    /// <exception cref="DumpFormatException">The descriptor is none of version 1.</exception>
    internal static DumpRecord ReadHead(ReadOnlySpan<byte> head, long offset)
    {
        byte descriptor = head[8];
        if (descriptor > (byte)DumpDescriptor.ErrorOutput)
            throw new DumpFormatException(offset, $"no record begins here: its descriptor would be {descriptor}, and there are only 0, 1 and 2");
        return new DumpRecord(
            offset,
            BinaryPrimitives.ReadUInt64BigEndian(head),
            (DumpDescriptor)descriptor,
            BinaryPrimitives.ReadUInt32BigEndian(head[9..]));
    }
}
