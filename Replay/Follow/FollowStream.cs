namespace SshGateway.Replay.Follow;

/// <summary>A file without end: at its end a read waits until more was written.</summary>
/// <param name="inner">The file; it is closed together with this stream.</param>
/// <param name="growth">Says when to look again.</param>
/// <param name="onEnd">Runs each time before waiting, so that what was shown so far reaches the screen.</param>
internal sealed class FollowStream(FileStream inner, IGrowth growth, Action onEnd) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            int read = await inner.ReadAsync(buffer, cancellationToken);
            if (read > 0) return read;
            if (inner.CanSeek && inner.Length < inner.Position) throw new IOException("the file became shorter while it was followed");
            onEnd();
            await growth.WaitAsync(cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A followed file is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            growth.Dispose();
        }

        base.Dispose(disposing);
    }
}
