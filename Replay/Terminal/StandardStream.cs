using System.Runtime.InteropServices;

namespace SshGateway.Replay.Terminal;

/// <summary>The reader of the pipe has gone: nobody wants to see more, and nobody is there to be told.</summary>
internal sealed class BrokenPipeException() : IOException("nobody reads the output any more");

/// <summary>
/// Standard output or standard error, unbuffered. Other than FileStream it shares the file position with whoever else writes to the
/// same file (<c>&gt; log 2&gt;&amp;1</c>), and other than Console's stream it says when the reader of a pipe has gone.
/// </summary>
internal sealed unsafe class StandardStream(int descriptor) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* start = buffer) written = Libc.Write(descriptor, start, (nuint)buffer.Length);
            if (written >= 0) buffer = buffer[(int)written..];
            else HandleError(Marshal.GetLastPInvokeError());
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void HandleError(int error)
    {
        switch (error)
        {
            case Libc.InterruptedError: return;
            case Libc.AgainError: WaitUntilWritable(); return;
            case Libc.BrokenPipeError: throw new BrokenPipeException();
            default: throw new IOException($"cannot write the output: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    // A terminal that another program has set to non-blocking.
    private void WaitUntilWritable()
    {
        var wait = new Libc.PollDescriptor { Descriptor = descriptor, Events = Libc.PollOut };
        _ = Libc.Poll(&wait, 1, -1);
    }
}
