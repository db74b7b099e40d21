using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>ML-KEM-768 (FIPS 203): the platform's where it has one (OpenSSL 3.5 or later), else our own.</summary>
internal static class MlKem768
{
    public const int EncapsulationKeySize = LatticeEncryption.PublicKeySize;
    public const int CiphertextSize = LatticeEncryption.CiphertextSize;
    public const int SharedSecretSize = 32;

    public static MlKem768KeyPair GenerateKeyPair() =>
        MLKem.IsSupported ? new PlatformMlKem768KeyPair() : new ManagedMlKem768KeyPair();

    /// <summary>False when the key is not valid: a wrong length or a coefficient that is not below q.</summary>
    public static bool TryEncapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> ciphertext, Span<byte> sharedSecret)
    {
        if (MLKem.IsSupported) return TryEncapsulateByPlatform(encapsulationKey, ciphertext, sharedSecret);

        Span<byte> message = stackalloc byte[32];
        RandomNumberGenerator.Fill(message);
        bool valid = ManagedMlKem768.TryEncapsulate(encapsulationKey, message, ciphertext, sharedSecret);
        CryptographicOperations.ZeroMemory(message);
        return valid;
    }

    private static bool TryEncapsulateByPlatform(ReadOnlySpan<byte> encapsulationKey, Span<byte> ciphertext, Span<byte> sharedSecret)
    {
        if (!LatticeEncryption.IsPublicKeyValid(encapsulationKey)) return false;
        using MLKem key = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, encapsulationKey);
        key.Encapsulate(ciphertext, sharedSecret);
        return true;
    }
}
