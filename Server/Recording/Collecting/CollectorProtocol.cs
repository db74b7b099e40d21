using System.Buffers.Binary;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>
/// What a gateway and a collector say to each other. Version 1 is sshproxy's: the dump, byte for byte, until the sender closes. Version 2 is
/// ours: the same header with the version field 2, answered by a position; then frames (u8 kind, u32 length, data), answered
/// by positions. A position is two u64: bytes of the dump and bytes of the file beside it that the collector has written. Big endian.
/// </summary>
internal static class CollectorProtocol
{
    public const ushort Version2 = 2;
    public const int FrameHead = 5;
    public const int PositionSize = 16;

    /// <summary>Longest data of a frame.</summary>
    public const int MaxFrame = 64 * 1024;

    /// <summary>The next bytes of the dump (after its header, which counts).</summary>
    public const byte DumpFrame = 1;

    /// <summary>The next bytes of the file beside it.</summary>
    public const byte SideFrame = 2;

    /// <summary>Nothing more comes; without data.</summary>
    public const byte EndFrame = 3;

    public static void WriteFrameHead(Span<byte> target, byte kind, int length)
    {
        target[0] = kind;
        BinaryPrimitives.WriteInt32BigEndian(target[1..], length);
    }

    public static void WritePosition(Span<byte> target, CollectorPosition position)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, position.Dump);
        BinaryPrimitives.WriteInt64BigEndian(target[8..], position.Side);
    }

    public static CollectorPosition ReadPosition(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));

    /// <summary>A header of the one version as one of the other.</summary>
    public static byte[] WithVersion(ReadOnlySpan<byte> header, ushort version)
    {
        byte[] changed = header.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(changed, version);
        return changed;
    }
}

/// <summary>How much a collector has of a recording.</summary>
internal readonly record struct CollectorPosition(long Dump, long Side);
