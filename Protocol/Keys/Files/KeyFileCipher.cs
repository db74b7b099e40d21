using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>How the private section of an OpenSSH key file may be encrypted.</summary>
internal sealed class KeyFileCipher
{
    public const string Bcrypt = "bcrypt";
    public const string DefaultName = "aes256-ctr";
    public const int MaxSaltSize = 1024;

    /// <summary>ssh-keygen uses 16 to 24; each costs several milliseconds, so a hostile file must not name any number it likes.</summary>
    public const int MaxRounds = 1024;

    private const int AesBlock = 16;
    private const int GcmTag = 16;
    private readonly Mode _mode;

    private KeyFileCipher(Mode mode, int keySize, int ivSize, int blockSize, int tagSize)
    {
        _mode = mode;
        KeySize = keySize;
        IvSize = ivSize;
        BlockSize = blockSize;
        TagSize = tagSize;
    }

    private enum Mode
    {
        None,
        Counter,
        Chained,
        Galois,
    }

    public int KeySize { get; }

    public int IvSize { get; }

    public int BlockSize { get; }

    /// <summary>Bytes of authentication tag behind the private section.</summary>
    public int TagSize { get; }

    public static KeyFileCipher? Find(string name) => name switch
    {
        "none" => new KeyFileCipher(Mode.None, 0, 0, OpenSshKeyFile.MinBlockSize, 0),
        "aes128-ctr" => new KeyFileCipher(Mode.Counter, 16, AesBlock, AesBlock, 0),
        "aes192-ctr" => new KeyFileCipher(Mode.Counter, 24, AesBlock, AesBlock, 0),
        "aes256-ctr" => new KeyFileCipher(Mode.Counter, 32, AesBlock, AesBlock, 0),
        "aes128-cbc" => new KeyFileCipher(Mode.Chained, 16, AesBlock, AesBlock, 0),
        "aes192-cbc" => new KeyFileCipher(Mode.Chained, 24, AesBlock, AesBlock, 0),
        "aes256-cbc" => new KeyFileCipher(Mode.Chained, 32, AesBlock, AesBlock, 0),
        "aes128-gcm@openssh.com" => new KeyFileCipher(Mode.Galois, 16, 12, AesBlock, GcmTag),
        "aes256-gcm@openssh.com" => new KeyFileCipher(Mode.Galois, 32, 12, AesBlock, GcmTag),
        _ => null,
    };

    /// <summary>Decrypts with the derived bytes (key, then IV); false when an authentication tag does not fit.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        ReadOnlySpan<byte> key = derived[..KeySize], iv = derived[KeySize..];
        if (_mode == Mode.Galois)
        {
            using var gcm = new AesGcm(key, GcmTag);
            try
            {
                gcm.Decrypt(iv, encrypted, tag, plain);
                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
        }

        using Aes aes = Aes.Create();
        aes.SetKey(key);
        if (_mode == Mode.Chained) aes.DecryptCbc(encrypted, iv, plain, PaddingMode.None);
        else ApplyCounterMode(aes, iv, encrypted, plain);
        return true;
    }

    /// <summary>Counter mode is its own inverse; this is what key files are written with.</summary>
    public void Encrypt(ReadOnlySpan<byte> derived, ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        if (_mode != Mode.Counter) throw new NotSupportedException("key files are written in counter mode only");
        using Aes aes = Aes.Create();
        aes.SetKey(derived[..KeySize]);
        ApplyCounterMode(aes, derived[KeySize..], plain, encrypted);
    }

    private static void ApplyCounterMode(Aes aes, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        UInt128 counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
        Span<byte> block = stackalloc byte[AesBlock];
        for (int at = 0; at < source.Length; at += AesBlock, counter++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(block, counter);
            aes.EncryptEcb(block, block, PaddingMode.None);
            for (int i = 0; i < AesBlock; i++) destination[at + i] = (byte)(source[at + i] ^ block[i]);
        }
    }
}
