using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Keys;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// ecdh-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656 §4). Shares are strings: uncompressed points (0x04, x, y). The
/// secret is the x coordinate of the common point, an mpint.
/// </summary>
internal sealed class EcdhNistKeyAgreement(EcdsaCurve curve) : KeyAgreement
{
    private const byte Uncompressed = 4;

    private EvpKey? _key;

    public override byte[] CreateClientShare()
    {
        _key = LibCrypto.GenerateEc(curve.LibraryName);
        byte[] point = new byte[curve.PointSize];
        point[0] = Uncompressed;
        LibCrypto.ExportNumber(_key, "qx\0"u8, point.AsSpan(1, curve.FieldSize), pad: true);
        LibCrypto.ExportNumber(_key, "qy\0"u8, point.AsSpan(1 + curve.FieldSize), pad: true);
        return point;
    }

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverShare)
    {
        if (_key is not { } own) throw new InvalidOperationException("the own share was not made yet");
        using EvpKey peer = ImportPeer(serverShare);
        return Derive(own, peer);
    }

    public override (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare)
    {
        // Refused before a key is made for the peer.
        using EvpKey peer = ImportPeer(clientShare);
        byte[] share = CreateClientShare();
        return (share, Derive(_key!, peer));
    }

    public override void Dispose() => _key?.Dispose();

    private byte[] Derive(EvpKey own, EvpKey peer)
    {
        Span<byte> secret = stackalloc byte[curve.FieldSize];
        try
        {
            LibCrypto.Agree(own, peer, secret);
            return Mpint.FromUnsigned(secret);
        }
        catch (CryptographicException e)
        {
            throw Refuse(e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    // An uncompressed point cannot stand for infinity, and the cofactor of these curves is 1: on the curve is all there is to check.
    private EvpKey ImportPeer(ReadOnlySpan<byte> point)
    {
        if (point.Length != curve.PointSize || point[0] != Uncompressed) throw Refuse(inner: null);
        try
        {
            return LibCrypto.ImportEc(curve.LibraryName, point, scalar: default);
        }
        catch (CryptographicException e)
        {
            throw Refuse(e);
        }
    }

    private static SshProtocolException Refuse(Exception? inner) =>
        new(DisconnectReason.KeyExchangeFailed, "the key exchange value is not valid", inner);
}
