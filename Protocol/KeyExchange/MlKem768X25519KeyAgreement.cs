using System.Security.Cryptography;
using SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

namespace SshGateway.Protocol.KeyExchange;

/// <summary>mlkem768x25519-sha256: shares of 1184 + 32 and 1088 + 32 bytes, K of 32.</summary>
internal sealed class MlKem768X25519KeyAgreement() : HybridKeyAgreement(MlKem768.EncapsulationKeySize, MlKem768.CiphertextSize)
{
    private MlKem768KeyPair? _keyPair;

    public override void Dispose()
    {
        _keyPair?.Dispose();
        base.Dispose();
    }

    protected override void GenerateKeyPair(Span<byte> encapsulationKey)
    {
        _keyPair = MlKem768.GenerateKeyPair();
        _keyPair.ExportEncapsulationKey(encapsulationKey);
    }

    protected override void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret) => _keyPair!.Decapsulate(ciphertext, secret);

    protected override bool TryEncapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> ciphertext, Span<byte> secret) =>
        MlKem768.TryEncapsulate(encapsulationKey, ciphertext, secret);

    protected override byte[] Hash(ReadOnlySpan<byte> secrets) => SHA256.HashData(secrets);
}
