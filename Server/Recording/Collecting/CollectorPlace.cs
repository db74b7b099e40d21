using SshGateway.Server.Recording.Places;

namespace SshGateway.Server.Recording.Collecting;

/// <summary>A recording that goes to a collector: written to the spool, which the link empties.</summary>
internal sealed class CollectorPlace(CollectorLink link, string location) : IRecordingPlace
{
    private readonly SpoolStream _data = new(bytes => link.Append(bytes));
    private readonly SpoolStream _side = new(bytes => link.AppendSide(bytes));

    public string Location => location;

    /// <summary>Collectors know dumps only, whatever <c>recording.format</c> says.</summary>
    public string Format => "dump";

    public Stream Data => _data;

    public Stream OpenSide() => _side;

    public void Cut(long length)
    {
        // What is in the spool is whole records: a piece that did not fit is not sent.
    }

    public void Dispose()
    {
        link.End();
        _data.Dispose();
        _side.Dispose();
    }

    private delegate void Appender(ReadOnlySpan<byte> bytes);

    private sealed class SpoolStream(Appender append) : Stream
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

        public override void Write(ReadOnlySpan<byte> buffer) => append(buffer);

        public override void Write(byte[] buffer, int offset, int count) => append(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
