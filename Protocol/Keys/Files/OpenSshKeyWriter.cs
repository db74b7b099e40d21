using System.Buffers.Text;
using System.Security.Cryptography;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>Writes the file that <see cref="OpenSshKeyFile"/> reads, plain or with aes256-ctr under a bcrypt key.</summary>
internal static class OpenSshKeyWriter
{
    private const int LineLength = 70;
    private const int SaltSize = 16;
    private const int Rounds = 24;

    public static byte[] Write(EvpKey key, PublicKey publicKey, string comment, ReadOnlySpan<byte> passphrase)
    {
        KeyFileCipher cipher = KeyFileCipher.Find(passphrase.IsEmpty ? "none" : KeyFileCipher.DefaultName)!;
        Span<byte> sectionStart = stackalloc byte[1024], start = stackalloc byte[2048];
        var section = new SshWriter(sectionStart);
        var writer = new SshWriter(start);
        try
        {
            WritePrivateSection(key, publicKey, comment, cipher.BlockSize, ref section);
            using var encrypted = new SecretBytes(section.Length);
            section.Written.CopyTo(encrypted.Span);
            writer.WriteBytes(OpenSshKeyFile.Magic);
            if (passphrase.IsEmpty) WriteUnencrypted(ref writer);
            else Encrypt(cipher, passphrase, section.Written, encrypted.Span, ref writer);
            writer.WriteUInt32(1);
            writer.WriteString(publicKey.Blob.Span);
            writer.WriteString(encrypted.Span);
            return Armor(writer.Written);
        }
        finally
        {
            section.Dispose();
            writer.Dispose();
            CryptographicOperations.ZeroMemory(sectionStart);
            CryptographicOperations.ZeroMemory(start);
        }
    }

    private static void WriteUnencrypted(ref SshWriter writer)
    {
        writer.WriteString("none");
        writer.WriteString("none");
        writer.WriteString("");
    }

    private static void Encrypt(
        KeyFileCipher cipher, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> section, Span<byte> encrypted, ref SshWriter writer)
    {
        Span<byte> salt = stackalloc byte[SaltSize];
        RandomNumberGenerator.Fill(salt);
        using var derived = new SecretBytes(cipher.KeySize + cipher.IvSize);
        BcryptPbkdf.Derive(passphrase, salt, Rounds, derived.Span);
        cipher.Encrypt(derived.Span, section, encrypted);
        writer.WriteString(KeyFileCipher.DefaultName);
        writer.WriteString(KeyFileCipher.Bcrypt);
        writer.WriteUInt32(4 + SaltSize + 4);
        writer.WriteString(salt);
        writer.WriteUInt32(Rounds);
    }

    private static void WritePrivateSection(EvpKey key, PublicKey publicKey, string comment, int blockSize, ref SshWriter writer)
    {
        Span<byte> check = stackalloc byte[4];
        RandomNumberGenerator.Fill(check);
        writer.WriteBytes(check);
        writer.WriteBytes(check);
        writer.WriteString(publicKey.KeyType);
        WriteFields(key, publicKey, ref writer);
        writer.WriteString(comment);
        for (byte pad = 1; writer.Length % blockSize != 0; pad++) writer.WriteByte(pad);
    }

    private static void WriteFields(EvpKey key, PublicKey publicKey, ref SshWriter writer)
    {
        var fields = new SshReader(publicKey.Blob.Span);
        fields.ReadString();
        if (publicKey.KeyType == KeyTypes.Ed25519)
        {
            ReadOnlySpan<byte> raw = fields.ReadString();
            Span<byte> both = stackalloc byte[2 * LibCrypto.Ed25519KeySize];
            LibCrypto.ExportEd25519Private(key, both[..LibCrypto.Ed25519KeySize]);
            raw.CopyTo(both[LibCrypto.Ed25519KeySize..]);
            writer.WriteString(raw);
            writer.WriteString(both);
            CryptographicOperations.ZeroMemory(both);
        }
        else if (publicKey.KeyType == KeyTypes.Rsa)
        {
            using var number = new SecretBytes((RsaPublicKey.MaxBits / 8) + 1);
            WriteNumber(key, "n\0"u8, number.Span, ref writer);
            WriteNumber(key, "e\0"u8, number.Span, ref writer);
            WriteNumber(key, "d\0"u8, number.Span, ref writer);
            WriteNumber(key, "rsa-coefficient1\0"u8, number.Span, ref writer);
            WriteNumber(key, "rsa-factor1\0"u8, number.Span, ref writer);
            WriteNumber(key, "rsa-factor2\0"u8, number.Span, ref writer);
        }
        else
        {
            using var number = new SecretBytes(EcdsaCurve.OfKeyType(publicKey.KeyType)!.FieldSize);
            writer.WriteBytes(fields.Rest);
            WriteNumber(key, "priv\0"u8, number.Span, ref writer);
        }
    }

    private static void WriteNumber(EvpKey key, ReadOnlySpan<byte> name, Span<byte> scratch, ref SshWriter writer) =>
        writer.WriteUnsignedMpint(scratch[..LibCrypto.ExportNumber(key, name, scratch, pad: false)]);

    private static byte[] Armor(ReadOnlySpan<byte> data)
    {
        using var base64 = new SecretBytes(Base64.GetMaxEncodedToUtf8Length(data.Length));
        Base64.EncodeToUtf8(data, base64.Span, out _, out int length);
        ReadOnlySpan<byte> rest = base64.Span[..length];
        int lines = (length + LineLength - 1) / LineLength;
        byte[] text = GC.AllocateUninitializedArray<byte>(
            OpenSshKeyFile.Begin.Length + length + lines + OpenSshKeyFile.End.Length + 2, pinned: true);
        Span<byte> free = text;
        WriteLine(OpenSshKeyFile.Begin, ref free);
        for (; !rest.IsEmpty; rest = rest[Math.Min(LineLength, rest.Length)..]) WriteLine(rest[..Math.Min(LineLength, rest.Length)], ref free);
        WriteLine(OpenSshKeyFile.End, ref free);
        return text;
    }

    private static void WriteLine(ReadOnlySpan<byte> line, ref Span<byte> free)
    {
        line.CopyTo(free);
        free[line.Length] = (byte)'\n';
        free = free[(line.Length + 1)..];
    }
}
