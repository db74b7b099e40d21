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
    private X25519? _key;

    public override byte[] CreateClientShare()
    {
        _key = X25519.Generate();
        return _key.PublicKey;
    }

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverShare)
    {
        if (_key is not { } own) throw new InvalidOperationException("the own share was not made yet");
        Span<byte> secret = stackalloc byte[X25519.Length];
        try
        {
            own.DeriveSecret(serverShare, secret);
            return Mpint.FromUnsigned(secret);
        }
        catch (CryptographicException e)
        {
            throw new SshProtocolException(DisconnectReason.KeyExchangeFailed, "the key exchange value is not valid", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public override (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare)
    {
        byte[] share = CreateClientShare();
        return (share, DeriveSecret(clientShare));
    }

    public override void Dispose() => _key?.Dispose();
}
