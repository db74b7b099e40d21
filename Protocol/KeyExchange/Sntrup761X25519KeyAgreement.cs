using System.Security.Cryptography;
using SshGateway.Protocol.Crypto.PostQuantum;
using SshGateway.Protocol.Crypto.PostQuantum.NtruPrime;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>sntrup761x25519-sha512 (and @openssh.com): shares of 1158 + 32 and 1039 + 32 bytes, K of 64.</summary>
internal sealed class Sntrup761X25519KeyAgreement() : HybridKeyAgreement(Sntrup761.PublicKeySize, Sntrup761.CiphertextSize)
{
    private Sntrup761KeyPair? _keyPair;

    /// <summary>Where clients take their key pairs from. Started by <see cref="HybridKeyExchange.PrepareAsync"/>, usable without.</summary>
    internal static KeyPairPool<Sntrup761KeyPair> KeyPairs { get; } = new(capacity: 16, Sntrup761.GenerateKeyPair);

    public override void Dispose()
    {
        _keyPair?.Dispose();
        base.Dispose();
    }

    protected override void GenerateKeyPair(Span<byte> encapsulationKey)
    {
        _keyPair = KeyPairs.Take();
        _keyPair.PublicKey.CopyTo(encapsulationKey);
    }

    protected override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret) => _keyPair!.Decapsulate(ciphertext, secret);

    protected override bool TryEncapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> ciphertext, Span<byte> secret)
    {
        Sntrup761.Encapsulate(encapsulationKey, ciphertext, secret);
        return true;
    }

    protected override byte[] Hash(ReadOnlySpan<byte> secrets) => SHA512.HashData(secrets);
}
