using System.Buffers.Binary;
using System.Security.Cryptography;
using SshGateway.Protocol.Wire;

namespace SshGateway.Server.Privileged.Wire;

/// <summary>A received message. Its bytes may be secrets: dispose it.</summary>
internal readonly struct Frame(HelperMessage type, byte[] payload) : IDisposable
{
    public HelperMessage Type => type;

    public ReadOnlyMemory<byte> Payload => payload;

    /// <summary>The fields: data types of RFC 4251 §5.</summary>
    public SshReader Read() => new(payload);

    public void Dispose() => CryptographicOperations.ZeroMemory(payload);
}

/// <summary>The peer sent what it may not send. The message is for the log.</summary>
internal sealed class FrameException(string message) : Exception(message);

/// <summary>
/// Messages over a pair of byte streams: uint32 length of the rest, byte type, payload. Reads exactly the bytes of a message and
/// nothing behind it. One reader and one writer at a time.
/// </summary>
internal sealed class FrameChannel(Stream input, Stream output)
{
    /// <summary>Enough for every request: the longest is a signature request with a key of 16,384 bits.</summary>
    public const int MaxRequest = 128 * 1024;

    /// <summary>Enough for every reply but the content of a file.</summary>
    public const int MaxReply = 128 * 1024;

    private const int HeaderSize = 5;

    /// <summary>The next message; null at the end of the stream.</summary>
    /// <exception cref="FrameException">It is longer than it may be, or ends in the middle.</exception>
    public async ValueTask<Frame?> ReadAsync(int maxPayload, CancellationToken cancellationToken)
    {
        byte[] header = new byte[HeaderSize];
        int got = await input.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (got == 0) return null;
        byte[] payload = Allocate(header, got, maxPayload);
        got = await input.ReadAtLeastAsync(payload, payload.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Finish(header, payload, got);
    }

    /// <summary>As <see cref="ReadAsync"/>, blocking.</summary>
    public Frame? Read(int maxPayload)
    {
        byte[] header = new byte[HeaderSize];
        int got = input.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
        if (got == 0) return null;
        byte[] payload = Allocate(header, got, maxPayload);
        got = input.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false);
        return Finish(header, payload, got);
    }

    public ValueTask WriteAsync(in Frame frame, CancellationToken cancellationToken) => WriteAsync(frame.Type, frame.Payload, cancellationToken);

    public async ValueTask WriteAsync(HelperMessage type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        byte[] message = Build(type, payload.Span);
        try
        {
            await output.WriteAsync(message, cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    /// <summary>As <see cref="WriteAsync(HelperMessage, ReadOnlyMemory{byte}, CancellationToken)"/>, blocking.</summary>
    public void Write(HelperMessage type, ReadOnlySpan<byte> payload)
    {
        byte[] message = Build(type, payload);
        output.Write(message);
        output.Flush();
        CryptographicOperations.ZeroMemory(message);
    }

    // Pinned, so that the collector leaves no copy of a password behind.
    private static byte[] Build(HelperMessage type, ReadOnlySpan<byte> payload)
    {
        byte[] message = GC.AllocateUninitializedArray<byte>(HeaderSize + payload.Length, pinned: true);
        BinaryPrimitives.WriteInt32BigEndian(message, payload.Length + 1);
        message[4] = (byte)type;
        payload.CopyTo(message.AsSpan(HeaderSize));
        return message;
    }

    private static byte[] Allocate(byte[] header, int got, int maxPayload)
    {
        if (got < HeaderSize) throw new FrameException("the stream ends inside a message");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length == 0 || length - 1 > (uint)maxPayload) throw new FrameException($"a message of {length} bytes");
        return GC.AllocateUninitializedArray<byte>((int)length - 1, pinned: true);
    }

    private static Frame Finish(byte[] header, byte[] payload, int got) =>
        got == payload.Length ? new Frame((HelperMessage)header[4], payload) : throw new FrameException("the stream ends inside a message");
}
