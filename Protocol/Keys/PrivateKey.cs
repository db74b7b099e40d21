using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Keys.Files;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>A private key in this process (held by libcrypto). Signing is thread-safe; dispose it to clear the key.</summary>
public sealed class PrivateKey : ISshSigner, IDisposable
{
    private const int MaxRsaSignatureSize = RsaPublicKey.MaxBits / 8;
    private readonly EvpKey _key;

    private PrivateKey(EvpKey key, PublicKey publicKey, string comment)
    {
        _key = key;
        PublicKey = publicKey;
        Comment = comment;
    }

    public PublicKey PublicKey { get; }

    /// <summary>The comment of the file it came from; may hold any character.</summary>
    public string Comment { get; }

    /// <summary>Reads a key file: OpenSSH's own format, or PEM (PKCS#1, PKCS#8, SEC1).</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">UTF-8; empty when there is none.</param>
    /// <exception cref="KeyFileException">The file cannot be read or used; the message names it and says why.</exception>
    public static PrivateKey Load(string path, ReadOnlySpan<byte> passphrase = default)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var bytes = new SecretBytes(OpenSshKeyFile.MaxFileSize + 1);
            int size = file.ReadAtLeast(bytes.Span, bytes.Span.Length, throwOnEndOfStream: false);
            return Parse(bytes.Span[..size], passphrase);
        }
        catch (KeyFileException e)
        {
            throw e.In(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw KeyFileException.Unreadable(path, e);
        }
    }

    /// <summary>As <see cref="Load"/> for a file's contents.</summary>
    public static PrivateKey Parse(ReadOnlySpan<byte> file, ReadOnlySpan<byte> passphrase = default) => PrivateKeyFormat.Read(file, passphrase);

    public static PrivateKey GenerateEd25519() => FromNative(LibCrypto.GenerateEd25519(), "");

    public static PrivateKey GenerateRsa(int bits = 3072)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2048);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, RsaPublicKey.MaxBits);
        return FromNative(LibCrypto.GenerateRsa((uint)bits), "");
    }

    /// <param name="keyType">One of the three ECDSA names of <see cref="KeyTypes"/>.</param>
    public static PrivateKey GenerateEcdsa(string keyType = KeyTypes.EcdsaP256)
    {
        EcdsaCurve curve = EcdsaCurve.OfKeyType(keyType) ?? throw new ArgumentException("not an ECDSA key type: " + keyType, nameof(keyType));
        return FromNative(LibCrypto.GenerateEc(curve.LibraryName), "");
    }

    /// <summary>The file ssh-keygen would write; encrypted (bcrypt, aes256-ctr) when there is a passphrase. Clear it when done.</summary>
    public byte[] ToOpenSshFile(string? comment = null, ReadOnlySpan<byte> passphrase = default) =>
        OpenSshKeyWriter.Write(_key, PublicKey, comment ?? Comment, passphrase);

    /// <summary>A PEM file; encrypted (PBES2, AES-256-CBC) when there is a passphrase. Clear it when done.</summary>
    /// <exception cref="ArgumentException">The key's type has no such form, or a traditional file was to be encrypted.</exception>
    public byte[] ToPemFile(PemFormat format = PemFormat.Pkcs8, ReadOnlySpan<byte> passphrase = default)
    {
        if (format == PemFormat.Pkcs8)
            return LibCrypto.WritePem(_key, passphrase.IsEmpty ? "PrivateKeyInfo\0"u8 : "EncryptedPrivateKeyInfo\0"u8, passphrase);
        if (PublicKey.KeyType == KeyTypes.Ed25519) throw new ArgumentException("an Ed25519 key has no traditional form", nameof(format));
        if (!passphrase.IsEmpty) throw new ArgumentException("the encryption of traditional files is weak: use PKCS#8", nameof(passphrase));
        return LibCrypto.WritePem(_key, "type-specific\0"u8, default);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        new(Sign(algorithm, data.Span));

    /// <summary>As <see cref="SignAsync"/>.</summary>
    public byte[] Sign(string algorithm, ReadOnlySpan<byte> data) => PublicKey.KeyType switch
    {
        KeyTypes.Ed25519 when algorithm == KeyTypes.Ed25519 => SignEd25519(data),
        KeyTypes.Rsa when !RsaPublicKey.DigestOf(algorithm).IsEmpty => SignRsa(algorithm, RsaPublicKey.DigestOf(algorithm), data),
        KeyTypes.EcdsaP256 or KeyTypes.EcdsaP384 or KeyTypes.EcdsaP521 when algorithm == PublicKey.KeyType => SignEcdsa(data),
        _ => throw new ArgumentException($"a key of type {PublicKey.KeyType} cannot make {algorithm} signatures", nameof(algorithm)),
    };

    public void Dispose() => _key.Dispose();

    /// <summary>Takes over a native key pair and finds its public half.</summary>
    internal static PrivateKey FromNative(EvpKey key, string comment)
    {
        PrivateKey result;
        try
        {
            result = new PrivateKey(key, PublicHalf(key), comment);
        }
        catch (SshProtocolException e)
        {
            throw new KeyFileException(KeyFileProblem.Unsupported, e.Message, inner: e);
        }

        result.CheckHalves();
        return result;
    }

    private static PublicKey PublicHalf(EvpKey key)
    {
        if (LibCrypto.IsA(key, "ED25519\0"u8))
        {
            Span<byte> raw = stackalloc byte[LibCrypto.Ed25519KeySize];
            LibCrypto.ExportEd25519Public(key, raw);
            return Ed25519PublicKey.Create(raw, LibCrypto.ImportEd25519Public(raw));
        }

        if (LibCrypto.IsA(key, "RSA\0"u8)) return RsaHalf(key);
        if (LibCrypto.IsA(key, "EC\0"u8)) return EcdsaHalf(key);
        throw PublicKeyFormat.Malformed("its key type is not supported (Ed25519, RSA and ECDSA are)");
    }

    private static RsaPublicKey RsaHalf(EvpKey key)
    {
        Span<byte> modulus = stackalloc byte[RsaPublicKey.MaxBits / 8], exponent = stackalloc byte[64];
        try
        {
            modulus = modulus[..LibCrypto.ExportNumber(key, "n\0"u8, modulus, pad: false)];
            exponent = exponent[..LibCrypto.ExportNumber(key, "e\0"u8, exponent, pad: false)];
        }
        catch (CryptographicException e)
        {
            throw new SshProtocolException(DisconnectReason.ProtocolError, "its RSA numbers are too large", e);
        }

        RsaPublicKey.CheckSizes(modulus, exponent);
        return RsaPublicKey.Create(modulus, exponent, LibCrypto.ImportRsaPublic(modulus, exponent));
    }

    private static EcdsaPublicKey EcdsaHalf(EvpKey key)
    {
        Span<byte> name = stackalloc byte[64];
        EcdsaCurve? curve = Encoding.ASCII.GetString(name[..LibCrypto.ExportCurve(key, name)]) switch
        {
            "prime256v1" or "P-256" => EcdsaCurve.P256,
            "secp384r1" or "P-384" => EcdsaCurve.P384,
            "secp521r1" or "P-521" => EcdsaCurve.P521,
            _ => null,
        };
        if (curve is null) throw PublicKeyFormat.Malformed("its curve is not supported (P-256, P-384 and P-521 are)");
        Span<byte> point = stackalloc byte[curve.PointSize];
        point[0] = 4;
        LibCrypto.ExportNumber(key, "qx\0"u8, point.Slice(1, curve.FieldSize), pad: true);
        LibCrypto.ExportNumber(key, "qy\0"u8, point[(1 + curve.FieldSize)..], pad: true);
        return EcdsaPublicKey.Create(curve, point, LibCrypto.ImportEc(curve.LibraryName, point, default));
    }

    /// <summary>A damaged file shows when the key is loaded, not when somebody logs in.</summary>
    private void CheckHalves()
    {
        string algorithm = PublicKey.SignatureAlgorithms[0];
        bool valid;
        try
        {
            valid = PublicKey.Verify(algorithm, "check"u8, Sign(algorithm, "check"u8));
        }
        catch (CryptographicException)
        {
            valid = false;
        }

        if (!valid) throw new KeyFileException(KeyFileProblem.Damaged, "the private key is damaged: its public and private halves do not belong together");
    }

    private byte[] SignEd25519(ReadOnlySpan<byte> data)
    {
        byte[] blob = SignatureBlob.Create(KeyTypes.Ed25519, LibCrypto.Ed25519SignatureSize, out int offset);
        LibCrypto.Sign(_key, default, data, blob.AsSpan(offset));
        return blob;
    }

    private byte[] SignRsa(string algorithm, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> data)
    {
        Span<byte> signature = stackalloc byte[MaxRsaSignatureSize];
        int size = LibCrypto.Sign(_key, digest, data, signature[..((PublicKey.RsaBits + 7) / 8)]);
        byte[] blob = SignatureBlob.Create(algorithm, size, out int offset);
        signature[..size].CopyTo(blob.AsSpan(offset));

        // A fault during the private operation would give the factors away to whoever sees the signature.
        return PublicKey.Verify(algorithm, data, blob) ? blob : throw new CryptographicException("an RSA signature of our own did not verify");
    }

    private byte[] SignEcdsa(ReadOnlySpan<byte> data)
    {
        EcdsaCurve curve = EcdsaCurve.OfKeyType(PublicKey.KeyType)!;
        Span<byte> der = stackalloc byte[EcdsaSignatureFormat.MaxDerSize];
        int size = LibCrypto.Sign(_key, curve.Digest, data, der);
        var writer = new SshWriter(stackalloc byte[EcdsaSignatureFormat.MaxDerSize]);
        EcdsaSignatureFormat.FromDer(der[..size], ref writer);
        byte[] blob = SignatureBlob.Create(curve.KeyType, writer.Length, out int offset);
        writer.Written.CopyTo(blob.AsSpan(offset));
        return blob;
    }
}
