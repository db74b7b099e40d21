using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto.PostQuantum.ModuleLattice;

/// <summary>ML-KEM-768 without help of the platform (FIPS 203 §6), as functions of their randomness.</summary>
internal static class ManagedMlKem768
{
    /// <summary>d ‖ z.</summary>
    public const int SeedSize = 64;

    /// <summary>secret key of K-PKE ‖ encapsulation key ‖ its hash ‖ z.</summary>
    public const int DecapsulationKeySize = HashOffset + HashSize + ValueSize;

    // Seeds, messages, secrets and hashes all have 32 bytes.
    private const int ValueSize = 32;
    private const int HashSize = 32;
    private const int EncapsulationKeyOffset = LatticeEncryption.SecretKeySize;
    private const int HashOffset = EncapsulationKeyOffset + MlKem768.EncapsulationKeySize;

    public static void GenerateKey(ReadOnlySpan<byte> seed, Span<byte> decapsulationKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(decapsulationKey.Length, DecapsulationKeySize);
        Span<byte> encapsulationKey = decapsulationKey.Slice(EncapsulationKeyOffset, MlKem768.EncapsulationKeySize);
        LatticeEncryption.GenerateKey(seed[..ValueSize], encapsulationKey, decapsulationKey[..EncapsulationKeyOffset]);
        SHA3_256.HashData(encapsulationKey, decapsulationKey.Slice(HashOffset, HashSize));
        seed[ValueSize..].CopyTo(decapsulationKey[(HashOffset + HashSize)..]);
    }

    public static ReadOnlySpan<byte> EncapsulationKeyOf(ReadOnlySpan<byte> decapsulationKey) =>
        decapsulationKey.Slice(EncapsulationKeyOffset, MlKem768.EncapsulationKeySize);

    /// <summary>False, with nothing written, when the key fails the checks of FIPS 203 §7.2 (its length, coefficients below q).</summary>
    public static bool TryEncapsulate(
        ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message, Span<byte> ciphertext, Span<byte> sharedSecret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, ValueSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, MlKem768.CiphertextSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sharedSecret.Length, MlKem768.SharedSecretSize);
        if (encapsulationKey.Length != MlKem768.EncapsulationKeySize) return false;

        Span<byte> hash = stackalloc byte[HashSize];
        Span<byte> secrets = stackalloc byte[2 * ValueSize];
        SHA3_256.HashData(encapsulationKey, hash);
        DeriveSecrets(message, hash, secrets);
        bool valid = LatticeEncryption.TryEncrypt(encapsulationKey, message, secrets[ValueSize..], ciphertext);
        if (valid) secrets[..ValueSize].CopyTo(sharedSecret);
        CryptographicOperations.ZeroMemory(secrets);
        return valid;
    }

    /// <summary>A ciphertext that was not made for this key gives a secret that nobody else can know (implicit rejection).</summary>
    public static void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(decapsulationKey.Length, DecapsulationKeySize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, MlKem768.CiphertextSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sharedSecret.Length, MlKem768.SharedSecretSize);
        Span<byte> message = stackalloc byte[ValueSize];
        Span<byte> secrets = stackalloc byte[2 * ValueSize];
        Span<byte> expected = stackalloc byte[MlKem768.CiphertextSize];
        Span<byte> rejectionInput = stackalloc byte[ValueSize + MlKem768.CiphertextSize];
        Span<byte> rejection = stackalloc byte[ValueSize];
        LatticeEncryption.Decrypt(decapsulationKey[..EncapsulationKeyOffset], ciphertext, message);
        DeriveSecrets(message, decapsulationKey.Slice(HashOffset, HashSize), secrets);
        decapsulationKey[(HashOffset + HashSize)..].CopyTo(rejectionInput);
        ciphertext.CopyTo(rejectionInput[ValueSize..]);
        Shake256.HashData(rejectionInput, rejection);
        if (!LatticeEncryption.TryEncrypt(EncapsulationKeyOf(decapsulationKey), message, secrets[ValueSize..], expected))
            throw new CryptographicException("The decapsulation key is damaged.");

        ConstantTime.Select(ConstantTime.EqualMask(ciphertext, expected), secrets[..ValueSize], rejection, sharedSecret);
        CryptographicOperations.ZeroMemory(message);
        CryptographicOperations.ZeroMemory(secrets);
        CryptographicOperations.ZeroMemory(expected);
        CryptographicOperations.ZeroMemory(rejectionInput);
        CryptographicOperations.ZeroMemory(rejection);
    }

    // The shared secret and the seed of the encryption's noise.
    private static void DeriveSecrets(ReadOnlySpan<byte> message, ReadOnlySpan<byte> keyHash, Span<byte> secrets)
    {
        Span<byte> input = stackalloc byte[ValueSize + HashSize];
        message.CopyTo(input);
        keyHash.CopyTo(input[ValueSize..]);
        SHA3_512.HashData(input, secrets);
        CryptographicOperations.ZeroMemory(input);
    }
}
