using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys.Files;

/// <summary>
/// Reads <c>-----BEGIN OPENSSH PRIVATE KEY-----</c> (OpenSSH PROTOCOL.key): one key, plain or encrypted with a key
/// derived by bcrypt.
/// </summary>
internal static class OpenSshKeyFile
{
    public const int MaxFileSize = 256 * 1024;
    public const int MinBlockSize = 8;

    public static ReadOnlySpan<byte> Begin => "-----BEGIN OPENSSH PRIVATE KEY-----"u8;

    public static ReadOnlySpan<byte> End => "-----END OPENSSH PRIVATE KEY-----"u8;

    public static ReadOnlySpan<byte> Magic => "openssh-key-v1\0"u8;

    public static PrivateKey Read(ReadOnlySpan<byte> file, ReadOnlySpan<byte> passphrase)
    {
        using var decoded = new SecretBytes(file.Length);
        int size = Unarmor(file, decoded.Span);
        try
        {
            return ReadDecoded(decoded.Span[..size], passphrase);
        }
        catch (SshProtocolException e)
        {
            throw Damaged(e.Message, e);
        }
        catch (CryptographicException e)
        {
            throw Damaged("its numbers are not a valid key", e);
        }
    }

    private static int Unarmor(ReadOnlySpan<byte> file, Span<byte> decoded)
    {
        int begin = file.IndexOf(Begin);
        if (begin < 0) throw new KeyFileException(KeyFileProblem.NotAPrivateKey, "not an OpenSSH private key");
        ReadOnlySpan<byte> body = file[(begin + Begin.Length)..];
        int end = body.IndexOf(End);
        if (end < 0) throw Damaged("the END line is missing");
        if (Base64.DecodeFromUtf8(body[..end], decoded, out _, out int size) != OperationStatus.Done) throw Damaged("it is not valid base64");
        return size;
    }

    private static PrivateKey ReadDecoded(ReadOnlySpan<byte> data, ReadOnlySpan<byte> passphrase)
    {
        var reader = new SshReader(data);
        if (!reader.ReadBytes(Magic.Length).SequenceEqual(Magic)) throw Damaged("its magic number is wrong");
        string cipherName = reader.ReadAscii();
        string derivation = reader.ReadAscii();
        ReadOnlySpan<byte> derivationOptions = reader.ReadString();
        if (reader.ReadUInt32() != 1) throw new KeyFileException(KeyFileProblem.Unsupported, "it does not hold exactly one key");
        ReadOnlySpan<byte> publicBlob = reader.ReadString();
        ReadOnlySpan<byte> encrypted = reader.ReadString();

        KeyFileCipher? cipher = KeyFileCipher.Find(cipherName);
        if (cipher is null) throw new KeyFileException(KeyFileProblem.Unsupported, $"its cipher {cipherName} is not supported");
        ReadOnlySpan<byte> tag = reader.ReadBytes(cipher.TagSize);
        reader.ExpectEnd();
        if (encrypted.IsEmpty || encrypted.Length % cipher.BlockSize != 0) throw Damaged("its private section has a wrong size");

        using var plain = new SecretBytes(encrypted.Length);
        if (cipher.KeySize == 0)
        {
            if (derivation != "none") throw Damaged("it has a key derivation but no cipher");
            encrypted.CopyTo(plain.Span);
        }
        else
        {
            if (passphrase.IsEmpty) throw new KeyFileException(KeyFileProblem.PassphraseNeeded, "it needs a passphrase");
            Decrypt(cipher, derivation, derivationOptions, passphrase, encrypted, tag, plain.Span);
        }

        return ReadPrivateSection(plain.Span, publicBlob, cipher.KeySize > 0);
    }

    private static void Decrypt(
        KeyFileCipher cipher, string derivation, ReadOnlySpan<byte> options, ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        if (derivation != KeyFileCipher.Bcrypt)
            throw new KeyFileException(KeyFileProblem.Unsupported, $"its key derivation {derivation} is not supported");
        var reader = new SshReader(options);
        ReadOnlySpan<byte> salt = reader.ReadString(KeyFileCipher.MaxSaltSize);
        uint rounds = reader.ReadUInt32();
        reader.ExpectEnd();
        if (salt.IsEmpty || rounds == 0) throw Damaged("its key derivation has no salt or no rounds");
        if (rounds > KeyFileCipher.MaxRounds)
            throw new KeyFileException(KeyFileProblem.Unsupported, $"its key derivation has {rounds} rounds; at most {KeyFileCipher.MaxRounds} are accepted");
        using var derived = new SecretBytes(cipher.KeySize + cipher.IvSize);
        BcryptPbkdf.Derive(passphrase, salt, (int)rounds, derived.Span);
        if (!cipher.TryDecrypt(derived.Span, encrypted, tag, plain)) throw WrongPassphrase();
    }

    /// <summary>Two equal check numbers, type, fields, comment, and the padding 1, 2, 3, …</summary>
    private static PrivateKey ReadPrivateSection(ReadOnlySpan<byte> section, ReadOnlySpan<byte> publicBlob, bool wasEncrypted)
    {
        var reader = new SshReader(section);
        if (reader.ReadUInt32() != reader.ReadUInt32()) throw wasEncrypted ? WrongPassphrase() : Damaged("its check numbers differ");
        string type = reader.ReadAscii();
        EvpKey key = ReadFields(type, ref reader);
        PrivateKey? result = null;
        try
        {
            string comment = Encoding.UTF8.GetString(reader.ReadString());
            for (byte expected = 1; !reader.IsAtEnd; expected++)
            {
                if (reader.ReadByte() != expected) throw Damaged("its padding is wrong");
            }

            result = PrivateKey.FromNative(key, comment);
            if (!result.PublicKey.Blob.Span.SequenceEqual(publicBlob)) throw Damaged("its public and private halves do not belong together");
            return result;
        }
        catch
        {
            if (result is null) key.Dispose();
            else result.Dispose();
            throw;
        }
    }

    private static EvpKey ReadFields(string type, ref SshReader reader)
    {
        switch (type)
        {
            case KeyTypes.Ed25519:
                ReadOnlySpan<byte> publicKey = reader.ReadString();
                ReadOnlySpan<byte> both = reader.ReadString();
                if (both.Length != 2 * LibCrypto.Ed25519KeySize || !both[LibCrypto.Ed25519KeySize..].SequenceEqual(publicKey))
                    throw Damaged("its Ed25519 fields do not have the right sizes");
                return LibCrypto.ImportEd25519Private(both[..LibCrypto.Ed25519KeySize]);
            case KeyTypes.Rsa:
                return ReadRsa(ref reader);
            case KeyTypes.EcdsaP256 or KeyTypes.EcdsaP384 or KeyTypes.EcdsaP521:
                EcdsaCurve curve = EcdsaCurve.OfKeyType(type)!;
                ReadOnlySpan<byte> point = EcdsaPublicKey.ReadPoint(curve, ref reader);
                ReadOnlySpan<byte> scalar = reader.ReadUnsignedMpint(curve.FieldSize + 1);
                if (scalar.IsEmpty || scalar.Length > curve.FieldSize) throw Damaged("its private number has a wrong size");
                return LibCrypto.ImportEc(curve.LibraryName, point, scalar);
            case KeyTypes.SkEd25519 or KeyTypes.SkEcdsaP256:
                throw new KeyFileException(KeyFileProblem.Unsupported, "it needs its security key device; only an agent can sign with it");
            default:
                throw new KeyFileException(KeyFileProblem.Unsupported, $"its key type {type} is not supported");
        }
    }

    private static EvpKey ReadRsa(ref SshReader reader)
    {
        ReadOnlySpan<byte> n = reader.ReadUnsignedMpint(), e = reader.ReadUnsignedMpint(), d = reader.ReadUnsignedMpint();
        ReadOnlySpan<byte> coefficient = reader.ReadUnsignedMpint(), p = reader.ReadUnsignedMpint(), q = reader.ReadUnsignedMpint();
        RsaPublicKey.CheckSizes(n, e);
        if (d.Length > n.Length || p.Length >= n.Length || q.Length >= n.Length || coefficient.Length > p.Length) throw Damaged("its RSA numbers have wrong sizes");
        if (d.IsEmpty || p.IsEmpty || q.IsEmpty || (p[^1] & 1) == 0 || (q[^1] & 1) == 0) throw Damaged("its RSA numbers are not valid");
        return LibCrypto.ImportRsaPrivate(n, e, d, p, q, coefficient);
    }

    private static KeyFileException WrongPassphrase() => new(KeyFileProblem.PassphraseWrong, "the passphrase is wrong (or the file is damaged)");

    private static KeyFileException Damaged(string detail, Exception? inner = null) =>
        new(KeyFileProblem.Damaged, "the private key is damaged: " + detail, inner: inner);
}
