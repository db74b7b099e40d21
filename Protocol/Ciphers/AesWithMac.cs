using System.Buffers.Binary;
using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Ciphers;

/// <summary>
/// AES in counter (RFC 4344) or, for the legacy profile, CBC mode with a MAC: the key stream or chain runs on from packet to packet.
/// Encrypt-then-MAC leaves packet_length in the clear and covers the encrypted packet (OpenSSH PROTOCOL 1.5);
/// encrypt-and-MAC encrypts the length too and covers the plain packet (RFC 4253 §6.4).
/// </summary>
internal sealed unsafe class AesWithMacSealer : PacketSealer
{
    private readonly CipherContext _cipher;
    private readonly MacContext _mac;
    private readonly MacAlgorithm _algorithm;

    internal AesWithMacSealer(
        AesMode mode, MacAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> macKey)
    {
        _algorithm = algorithm;
        _mac = algorithm.CreateContext(macKey);
        try
        {
            _cipher = mode.CreateContext(key, iv, encrypt: true);
        }
        catch
        {
            _mac.Dispose();
            throw;
        }
    }

    public override int BlockSize => 16;

    public override int TagLength => _algorithm.TagLength;

    public override bool LengthIsPadded => !_algorithm.IsEtm;

    public override void Seal(uint sequenceNumber, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        PacketFrame.RequireSealable(frame.Length, destination.Length, TagLength);
        try
        {
            fixed (byte* source = frame, target = destination)
            {
                if (_algorithm.IsEtm)
                {
                    frame[..4].CopyTo(destination);
                    _cipher.Update(target + 4, source + 4, frame.Length - 4);
                    _mac.ComputeForPacket(sequenceNumber, target, frame.Length, target + frame.Length);
                }
                else
                {
                    _mac.ComputeForPacket(sequenceNumber, source, frame.Length, target + frame.Length);
                    _cipher.Update(target, source, frame.Length);
                }
            }
        }
        catch
        {
            Dispose();
            destination.Clear();
            throw;
        }
    }

    public override void Dispose()
    {
        _cipher.Dispose();
        _mac.Dispose();
    }
}

/// <summary>Counterpart of <see cref="AesWithMacSealer"/>.</summary>
internal sealed unsafe class AesWithMacOpener : PacketOpener
{
    /// <summary>
    /// CBC: what a packet with an impossible length is taken to be, so that the sender learns nothing of a block he had decrypted
    /// as a length (CVE-2008-5161). As many bytes are read and authenticated as for the largest packet of RFC 4253 §6.1, then refused.
    /// </summary>
    internal const uint LongestCbcLength = 34_988;

    private readonly CipherContext _cipher;
    private readonly MacContext _mac;
    private readonly MacAlgorithm _algorithm;
    private readonly bool _hidesLength;
    private bool _lengthIsImpossible;

    internal AesWithMacOpener(
        AesMode mode, MacAlgorithm algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> macKey)
    {
        _algorithm = algorithm;
        _hidesLength = mode == AesMode.Cbc && !algorithm.IsEtm;
        _mac = algorithm.CreateContext(macKey);
        try
        {
            _cipher = mode.CreateContext(key, iv, encrypt: false);
        }
        catch
        {
            _mac.Dispose();
            throw;
        }
    }

    public override int BlockSize => 16;

    public override int TagLength => _algorithm.TagLength;

    public override bool LengthIsPadded => !_algorithm.IsEtm;

    public override int HeaderLength => _algorithm.IsEtm ? 4 : BlockSize;

    public override uint ReadLength(uint sequenceNumber, Span<byte> header)
    {
        if (!_algorithm.IsEtm)
        {
            fixed (byte* bytes = header[..BlockSize]) _cipher.Update(bytes, bytes, BlockSize);
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (!_hidesLength) return length;
        _lengthIsImpossible = length < BlockSize - 4 || length > LongestCbcLength || (length + 4) % BlockSize != 0;
        return _lengthIsImpossible ? LongestCbcLength : length;
    }

    public override bool TryOpen(uint sequenceNumber, Span<byte> packet)
    {
        int covered = packet.Length - TagLength;
        if (covered < HeaderLength) return false;
        bool genuine = false;
        try
        {
            fixed (byte* bytes = packet)
            {
                genuine = _algorithm.IsEtm
                    ? VerifyThenDecrypt(sequenceNumber, bytes, covered, packet[covered..])
                    : DecryptThenVerify(sequenceNumber, bytes, covered, packet[covered..]);
            }
        }
        finally
        {
            if (!genuine) PacketFrame.Refuse(packet, this);
        }

        return genuine;
    }

    public override void Dispose()
    {
        _cipher.Dispose();
        _mac.Dispose();
    }

    private bool VerifyThenDecrypt(uint sequenceNumber, byte* packet, int length, ReadOnlySpan<byte> tag)
    {
        if (!_mac.VerifyPacket(sequenceNumber, packet, length, tag)) return false;
        _cipher.Update(packet + 4, packet + 4, length - 4);
        return true;
    }

    private bool DecryptThenVerify(uint sequenceNumber, byte* packet, int length, ReadOnlySpan<byte> tag)
    {
        _cipher.Update(packet + BlockSize, packet + BlockSize, length - BlockSize);
        return _mac.VerifyPacket(sequenceNumber, packet, length, tag) & !_lengthIsImpossible;
    }
}
