using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Ciphers;

/// <summary>
/// The two ChaCha20 instances and the Poly1305 of chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305):
/// the first 32 bytes of key encrypt the packet, the last 32 its length; the nonce is the sequence number. Block 0 of the
/// packet's key stream is the Poly1305 key, the content starts at block 1; the tag covers the encrypted length and content.
/// </summary>
internal sealed unsafe class ChaChaPoly : IDisposable
{
    internal const int KeyLength = 64;
    internal const int TagLength = 16;

    internal const int ScratchLength = BlockLength + SmallLength;

    private const int BlockLength = 64;
    private const int SmallLength = 448;

    private readonly CipherContext _content;
    private readonly CipherContext _length;
    private readonly MacContext _mac;

    internal ChaChaPoly(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength) throw new ArgumentException("the key must be 64 bytes", nameof(key));
        try
        {
            // A stream cipher: both directions encrypt.
            _content = new CipherContext("ChaCha20\0"u8, key[..32], iv: default, encrypt: true);
            _length = new CipherContext("ChaCha20\0"u8, key[32..], iv: default, encrypt: true);
            _mac = MacContext.CreatePoly1305();
        }
        catch
        {
            _content?.Dispose();
            _length?.Dispose();
            throw;
        }
    }

    /// <summary>Encrypts or decrypts the 4 bytes of packet_length.</summary>
    internal void CryptLength(uint sequenceNumber, byte* output, byte* input)
    {
        var nonce = new Nonce(sequenceNumber);
        _length.Start((byte*)&nonce);
        _length.Update(output, input, 4);
    }

    /// <summary>
    /// Runs the packet's key stream over its content. Block 0 of the stream, whose first 32 bytes are the Poly1305 key, goes to
    /// <paramref name="macKey"/>, a buffer of <see cref="ScratchLength"/>; content that fits in behind it is crypted in the same call, which
    /// is much cheaper than two, and stays there until <see cref="Finish"/>.
    /// </summary>
    internal void Start(uint sequenceNumber, byte* macKey, byte* content, int length)
    {
        var nonce = new Nonce(sequenceNumber);
        Unsafe.InitBlockUnaligned(macKey, 0, BlockLength);
        bool fits = length <= SmallLength;
        if (fits) Unsafe.CopyBlockUnaligned(macKey + BlockLength, content, (uint)length);
        _content.Start((byte*)&nonce);
        _content.Update(macKey, macKey, fits ? BlockLength + length : BlockLength);
    }

    /// <summary>Writes the crypted content, which <see cref="Start"/> may have ready.</summary>
    internal void Finish(byte* macKey, byte* output, byte* content, int length)
    {
        if (length <= SmallLength) Unsafe.CopyBlockUnaligned(output, macKey + BlockLength, (uint)length);
        else _content.Update(output, content, length);
    }

    /// <summary>Clears what a packet of some length left in the scratch buffer.</summary>
    internal static void Clear(byte* macKey, int length) =>
        CryptographicOperations.ZeroMemory(new Span<byte>(macKey, Math.Min(BlockLength + length, ScratchLength)));

    internal void ComputeTag(byte* macKey, byte* packet, int length, byte* tag) => _mac.Compute(macKey, packet, length, tag);

    public void Dispose()
    {
        _content.Dispose();
        _length.Dispose();
        _mac.Dispose();
    }

    /// <summary>EVP's IV of the original ChaCha20: a little-endian block counter of 8 bytes, then the nonce of 8.</summary>
    private readonly struct Nonce
    {
        private readonly ulong _block;
        private readonly ulong _sequenceNumber;

        internal Nonce(ulong sequenceNumber)
        {
            _block = 0;
            _sequenceNumber = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sequenceNumber) : sequenceNumber;
        }
    }
}

/// <summary>chacha20-poly1305@openssh.com, sending.</summary>
internal sealed unsafe class ChaChaPolySealer(ReadOnlySpan<byte> key) : PacketSealer
{
    private readonly ChaChaPoly _cipher = new(key);

    public override int BlockSize => 8;

    public override int TagLength => ChaChaPoly.TagLength;

    public override bool LengthIsPadded => false;

    [SkipLocalsInit]
    public override void Seal(uint sequenceNumber, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        PacketFrame.RequireSealable(frame.Length, destination.Length, TagLength);
        byte* macKey = stackalloc byte[ChaChaPoly.ScratchLength];
        try
        {
            fixed (byte* source = frame, target = destination)
            {
                _cipher.CryptLength(sequenceNumber, target, source);
                _cipher.Start(sequenceNumber, macKey, source + 4, frame.Length - 4);
                _cipher.Finish(macKey, target + 4, source + 4, frame.Length - 4);
                _cipher.ComputeTag(macKey, target, frame.Length, target + frame.Length);
            }
        }
        catch
        {
            Dispose();
            destination.Clear();
            throw;
        }
        finally
        {
            ChaChaPoly.Clear(macKey, frame.Length);
        }
    }

    public override void Dispose() => _cipher.Dispose();
}

/// <summary>Counterpart of <see cref="ChaChaPolySealer"/>.</summary>
internal sealed unsafe class ChaChaPolyOpener(ReadOnlySpan<byte> key) : PacketOpener
{
    private readonly ChaChaPoly _cipher = new(key);
    private uint _packetLength;

    public override int BlockSize => 8;

    public override int TagLength => ChaChaPoly.TagLength;

    public override bool LengthIsPadded => false;

    public override int HeaderLength => 4;

    /// <summary>Leaves the header encrypted, because the tag covers it so.</summary>
    public override uint ReadLength(uint sequenceNumber, Span<byte> header)
    {
        uint plain;
        fixed (byte* bytes = header[..4]) _cipher.CryptLength(sequenceNumber, (byte*)&plain, bytes);
        return _packetLength = BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(&plain, 4));
    }

    [SkipLocalsInit]
    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        int covered = packet.Length - TagLength;
        if (covered < 4) return false;
        byte* macKey = stackalloc byte[ChaChaPoly.ScratchLength];
        byte* tag = stackalloc byte[ChaChaPoly.TagLength];
        bool genuine = false;
        try
        {
            fixed (byte* bytes = packet)
            {
                _cipher.Start(sequenceNumber, macKey, bytes + 4, covered - 4);
                _cipher.ComputeTag(macKey, bytes, covered, tag);
                if (!CryptographicOperations.FixedTimeEquals(new ReadOnlySpan<byte>(tag, TagLength), packet[covered..])) return false;
                _cipher.Finish(macKey, bytes + 4, bytes + 4, covered - 4);
                BinaryPrimitives.WriteUInt32BigEndian(packet, _packetLength);
                genuine = true;
            }
        }
        finally
        {
            ChaChaPoly.Clear(macKey, covered);
            if (!genuine) PacketFrame.Refuse(packet, this);
        }

        return genuine;
    }

    public override void Dispose() => _cipher.Dispose();
}
