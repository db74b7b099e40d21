using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Ciphers;

/// <summary>
/// The nonce of AES-GCM packets (RFC 5647 §7.1): 4 fixed bytes and a big-endian counter of 8, which goes up by one with
/// each packet and is not the sequence number.
/// </summary>
[InlineArray(Length)]
[SuppressMessage("Style", "IDE0044:Add readonly modifier", Justification = "An inline array's element is written through the array.")]
internal struct AesGcmNonce
{
    internal const int Length = 12;

    private byte _first;

    internal AesGcmNonce(ReadOnlySpan<byte> iv)
    {
        if (iv.Length != Length) throw new ArgumentException("the IV must be 12 bytes", nameof(iv));
        iv.CopyTo(this);
    }

    /// <summary>The nonce of this packet; the next call gives the next one, also when this packet fails.</summary>
    internal AesGcmNonce Take()
    {
        AesGcmNonce taken = this;
        Span<byte> counter = ((Span<byte>)this)[4..];
        BinaryPrimitives.WriteUInt64BigEndian(counter, BinaryPrimitives.ReadUInt64BigEndian(counter) + 1);
        return taken;
    }
}

/// <summary>aes128-gcm@openssh.com and aes256-gcm@openssh.com, sending: packet_length is authenticated, not encrypted.</summary>
internal sealed unsafe class AesGcmSealer : PacketSealer
{
    private readonly CipherContext _cipher;
    private AesGcmNonce _nonce;

    internal AesGcmSealer(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _nonce = new AesGcmNonce(iv);
        _cipher = new CipherContext(NameFor(key), key, iv: default, encrypt: true);
    }

    public override int BlockSize => 16;

    public override int TagLength => 16;

    public override bool LengthIsPadded => false;

    [SkipLocalsInit]
    public override void Seal(uint sequenceNumber, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        PacketFrame.RequireSealable(frame.Length, destination.Length, TagLength);
        AesGcmNonce nonce = _nonce.Take();
        try
        {
            fixed (byte* source = frame, target = destination)
            {
                _cipher.Start((byte*)&nonce);
                _cipher.Authenticate(source, 4);
                Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<uint>(source));
                _cipher.Update(target + 4, source + 4, frame.Length - 4);
                _cipher.FinishWithTag(target + frame.Length, TagLength);
            }
        }
        catch
        {
            Dispose();
            destination.Clear();
            throw;
        }
    }

    public override void Dispose() => _cipher.Dispose();

    internal static ReadOnlySpan<byte> NameFor(ReadOnlySpan<byte> key) => key.Length == 16 ? "AES-128-GCM\0"u8 : "AES-256-GCM\0"u8;
}

/// <summary>Counterpart of <see cref="AesGcmSealer"/>.</summary>
internal sealed unsafe class AesGcmOpener : PacketOpener
{
    private readonly CipherContext _cipher;
    private AesGcmNonce _nonce;

    internal AesGcmOpener(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _nonce = new AesGcmNonce(iv);
        _cipher = new CipherContext(AesGcmSealer.NameFor(key), key, iv: default, encrypt: false);
    }

    public override int BlockSize => 16;

    public override int TagLength => 16;

    public override bool LengthIsPadded => false;

    public override int HeaderLength => 4;

    public override uint ReadLength(uint sequenceNumber, Span<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header);

    [SkipLocalsInit]
    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        int length = packet.Length - TagLength - 4;
        if (length < 0) return false;
        AesGcmNonce nonce = _nonce.Take();
        bool genuine = false;
        try
        {
            fixed (byte* bytes = packet)
            {
                _cipher.Start((byte*)&nonce);
                _cipher.Authenticate(bytes, 4);
                _cipher.Update(bytes + 4, bytes + 4, length);
                genuine = _cipher.FinishIfTag(bytes + 4 + length, TagLength);
            }
        }
        finally
        {
            if (!genuine) PacketFrame.Refuse(packet, this);
        }

        return genuine;
    }

    public override void Dispose() => _cipher.Dispose();
}
