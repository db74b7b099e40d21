using System.Runtime.InteropServices;

namespace SshGateway.Server.Ctl.Output;

/// <summary>
/// Standard output or error, written with write(2). The streams of <see cref="Console"/> do not tell that the reader of a pipe has gone, and
/// a <see cref="FileStream"/> would not move the offset that it shares with other programs.
/// </summary>
internal sealed unsafe partial class DescriptorStream(int descriptor) : Stream
{
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const short PollOut = 4;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                nint written = write(descriptor, start + done, (nuint)(buffer.Length - done));
                if (written >= 0) done += (int)written;
                else WaitOrThrow(Marshal.GetLastPInvokeError());
            }
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // The descriptor may be in non-blocking mode: it is shared with whoever started this program.
    private void WaitOrThrow(int error)
    {
        if (error == Eintr) return;
        if (error != Eagain) throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        PollEntry entry = new() { Descriptor = descriptor, Events = PollOut };
        _ = poll(&entry, 1, -1);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc")]
    private static partial int poll(PollEntry* entries, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
