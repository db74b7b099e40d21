using System.Buffers.Binary;

namespace SshGateway.Server.Admin;

internal enum AdminFrameKind : byte
{
    /// <summary>To the gateway: <see cref="AdminRequest"/>, once and first.</summary>
    Request = 1,

    /// <summary>From the gateway: bytes for standard output.</summary>
    Output = 2,

    /// <summary>From the gateway: bytes for standard error.</summary>
    Error = 3,

    /// <summary>From the gateway: the exit code, last.</summary>
    Exit = 4,
}

/// <summary>What passes over the admin socket: a kind, a length of four bytes (big endian), so many bytes.</summary>
internal static class AdminFrame
{
    public const int MaxLength = 1 << 20;

    private const int HeadLength = 5;

    public static async Task WriteAsync(Stream stream, AdminFrameKind kind, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        byte[] frame = new byte[HeadLength + data.Length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), data.Length);
        data.CopyTo(frame.AsMemory(HeadLength));
        await stream.WriteAsync(frame, cancellationToken);
    }

    /// <summary>The next frame; null at the end.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task<(AdminFrameKind Kind, byte[] Data)?> ReadAsync(Stream stream, int maxLength, CancellationToken cancellationToken)
    {
        byte[] head = new byte[HeadLength];
        int read = await stream.ReadAtLeastAsync(head, HeadLength, throwOnEndOfStream: false, cancellationToken);
        if (read == 0) return null;
        int length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1));
        if (read < HeadLength || length < 0 || length > maxLength) throw new InvalidDataException("not a frame of the admin socket");
        byte[] data = new byte[length];
        try
        {
            await stream.ReadExactlyAsync(data, cancellationToken);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("a frame of the admin socket is cut", e);
        }

        return ((AdminFrameKind)head[0], data);
    }
}
