namespace SshGateway.Server.Admin;

/// <summary>A stream whose bytes leave as frames of one kind. Several share a socket, one frame at a time.</summary>
internal sealed class AdminFrameStream(Stream socket, AdminFrameKind kind, SemaphoreSlim turn, CancellationToken cancellationToken) : Stream
{
    private const int MostAtOnce = 64 * 1024;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // Whoever writes here is a command of ctl on a thread of its own; a client that does not read holds up nobody else.
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask().GetAwaiter().GetResult();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            ReadOnlyMemory<byte> part = buffer[..Math.Min(buffer.Length, MostAtOnce)];
            await turn.WaitAsync(cancellationToken);
            try
            {
                await AdminFrame.WriteAsync(socket, kind, part, cancellationToken);
            }
            finally
            {
                turn.Release();
            }

            buffer = buffer[part.Length..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
