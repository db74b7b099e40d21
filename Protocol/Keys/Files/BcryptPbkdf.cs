using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>
/// bcrypt_pbkdf, the key derivation of OpenSSH's key files: PBKDF2's structure with a 256-bit bcrypt over SHA-512 digests as
/// its function, and the output bytes dealt out in turn to the blocks.
/// </summary>
internal static class BcryptPbkdf
{
    private const int BlockSize = 32;
    private const int DigestSize = 64;
    private const int Words = BlockSize / 4;
    private const int Repetitions = 64;

    public static void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int rounds, Span<byte> key)
    {
        int blocks = (key.Length + BlockSize - 1) / BlockSize;
        Span<byte> passphraseDigest = stackalloc byte[DigestSize], saltDigest = stackalloc byte[DigestSize];
        Span<byte> block = stackalloc byte[BlockSize], sum = stackalloc byte[BlockSize];
        byte[] countedSalt = new byte[salt.Length + 4];
        salt.CopyTo(countedSalt);
        using var cipher = new Blowfish();
        SHA512.HashData(passphrase, passphraseDigest);
        for (int i = 0; i < blocks; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(countedSalt.AsSpan(salt.Length), i + 1);
            SHA512.HashData(countedSalt, saltDigest);
            Hash(cipher, passphraseDigest, saltDigest, block);
            block.CopyTo(sum);
            for (int round = 1; round < rounds; round++)
            {
                SHA512.HashData(block, saltDigest);
                Hash(cipher, passphraseDigest, saltDigest, block);
                for (int k = 0; k < BlockSize; k++) sum[k] ^= block[k];
            }

            for (int k = 0; (k * blocks) + i < key.Length && k < BlockSize; k++) key[(k * blocks) + i] = sum[k];
        }

        CryptographicOperations.ZeroMemory(passphraseDigest);
        CryptographicOperations.ZeroMemory(block);
        CryptographicOperations.ZeroMemory(sum);
    }

    private static void Hash(Blowfish cipher, ReadOnlySpan<byte> passphraseDigest, ReadOnlySpan<byte> saltDigest, Span<byte> block)
    {
        Span<uint> key = stackalloc uint[DigestSize / 4], salt = stackalloc uint[DigestSize / 4], text = stackalloc uint[Words];
        ReadWords(passphraseDigest, key);
        ReadWords(saltDigest, salt);
        ReadWords("OxychromaticBlowfishSwatDynamite"u8, text);
        cipher.Reset();
        cipher.Expand(key, salt);
        for (int i = 0; i < Repetitions; i++)
        {
            cipher.Expand(salt, default);
            cipher.Expand(key, default);
        }

        for (int i = 0; i < Repetitions; i++)
        {
            for (int k = 0; k < Words; k += 2) cipher.Encrypt(ref text[k], ref text[k + 1]);
        }

        for (int i = 0; i < Words; i++) BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * i)..], text[i]);
        key.Clear();
    }

    private static void ReadWords(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(4 * i)..]);
    }
}
