using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// curve25519-sha256 and curve25519-sha256@libssh.org (RFC 8731). Shares are strings of 32 bytes; the secret's bytes, read as a
/// big-endian number, are an mpint.
/// </summary>
internal sealed class Curve25519KeyAgreement : KeyAgreement
{
    private readonly byte[] _privateKey = GC.AllocateArray<byte>(X25519.Length, pinned: true);

    public override byte[] CreateClientShare() => X25519.Generate(_privateKey);

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverShare)
    {
        if (serverShare.Length != X25519.Length) throw Refuse(inner: null);
        Span<byte> secret = stackalloc byte[X25519.Length];
        try
        {
            X25519.DeriveSecret(_privateKey, serverShare, secret);
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

    public override (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare)
    {
        if (clientShare.Length != X25519.Length) throw Refuse(inner: null);
        byte[] share = X25519.Generate(_privateKey);
        return (share, DeriveSecret(clientShare));
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);

    private static SshProtocolException Refuse(Exception? inner) =>
        new(DisconnectReason.KeyExchangeFailed, "the key exchange value is not valid", inner);
}
