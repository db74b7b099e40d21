using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>
/// A post-quantum key encapsulation next to X25519 (draft-ietf-sshm-mlkem-hybrid-kex, RFC 9941).
/// <code>
/// client share   encapsulation key ‖ X25519 public key
/// server share   ciphertext ‖ X25519 public key
/// K              HASH(encapsulated secret ‖ X25519 secret), a string, not an mpint
/// </code>
/// </summary>
internal abstract class HybridKeyAgreement(int encapsulationKeySize, int ciphertextSize) : KeyAgreement
{
    // Both encapsulations give secrets of 32 bytes, as X25519 does.
    private const int SecretSize = 32;

    private X25519? _key;

    public override byte[] CreateClientShare()
    {
        byte[] share = new byte[encapsulationKeySize + X25519.Length];
        GenerateKeyPair(share.AsSpan(0, encapsulationKeySize));
        _key = X25519.Generate();
        _key.PublicKey.CopyTo(share, encapsulationKeySize);
        return share;
    }

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverShare)
    {
        if (_key is not { } own) throw new InvalidOperationException("the own share was not made yet");
        if (serverShare.Length != ciphertextSize + X25519.Length) throw Refused();
        Span<byte> secrets = stackalloc byte[2 * SecretSize];
        try
        {
            Decapsulate(serverShare[..ciphertextSize], secrets[..SecretSize]);
            DeriveClassical(own, serverShare[ciphertextSize..], secrets[SecretSize..]);
            return Hash(secrets);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public override (byte[] ServerShare, byte[] Secret) Respond(ReadOnlySpan<byte> clientShare)
    {
        if (clientShare.Length != encapsulationKeySize + X25519.Length) throw Refused();
        byte[] share = new byte[ciphertextSize + X25519.Length];
        using X25519 own = X25519.Generate();
        own.PublicKey.CopyTo(share, ciphertextSize);
        Span<byte> secrets = stackalloc byte[2 * SecretSize];
        try
        {
            DeriveClassical(own, clientShare[encapsulationKeySize..], secrets[SecretSize..]);
            if (!TryEncapsulate(clientShare[..encapsulationKeySize], share.AsSpan(0, ciphertextSize), secrets[..SecretSize]))
                throw Refused();
            return (share, Hash(secrets));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secrets);
        }
    }

    public override void Dispose() => _key?.Dispose();

    /// <summary>Client: makes and keeps the key pair, and writes its public half.</summary>
    protected abstract void GenerateKeyPair(Span<byte> encapsulationKey);

    /// <summary>Client: the secret in the ciphertext, with the key pair of <see cref="GenerateKeyPair"/>.</summary>
    protected abstract void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret);

    /// <summary>Server: false when the key is not a valid one.</summary>
    protected abstract bool TryEncapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> ciphertext, Span<byte> secret);

    protected abstract byte[] Hash(ReadOnlySpan<byte> secrets);

    private static void DeriveClassical(X25519 own, ReadOnlySpan<byte> peer, Span<byte> secret)
    {
        try
        {
            own.DeriveSecret(peer, secret);
        }
        catch (CryptographicException e)
        {
            throw Refused(e);
        }
    }

    private static SshProtocolException Refused(Exception? inner = null) =>
        new(DisconnectReason.KeyExchangeFailed, "the key exchange value is not valid", inner);
}
