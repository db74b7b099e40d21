using System.Security.Cryptography;

namespace SshGateway.Server.Recording.Output;

/// <summary>Passes everything on and knows how much it was and, where asked for, its SHA-256.</summary>
internal sealed class HashingStream(Stream target, bool hashes) : Stream
{
    private readonly IncrementalHash? _hash = hashes ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;

    public long Written { get; private set; }

    /// <summary>In hex; empty where it was not asked for.</summary>
    public string Sha256 => _hash is null ? "" : Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Written;

    public override long Position
    {
        get => Written;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        // In this order: what could not be written is in no digest.
        target.Write(buffer);
        _hash?.AppendData(buffer);
        Written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash?.Dispose();
            target.Dispose();
        }

        base.Dispose(disposing);
    }
}
