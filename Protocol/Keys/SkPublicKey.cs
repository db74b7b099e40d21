using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>
/// sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com (OpenSSH PROTOCOL.u2f): the plain key's fields and
/// <c>string application</c>.
/// </summary>
internal sealed class SkPublicKey : PublicKey
{
    private const int MaxApplicationLength = 1024;
    private const int MaxClientDataLength = 64 * 1024;
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte AttestedData = 0x40;
    private const byte ExtensionData = 0x80;
    private static readonly string[] Ed25519Algorithms = [KeyTypes.SkEd25519];
    private static readonly string[] EcdsaAlgorithms = [KeyTypes.SkEcdsaP256, KeyTypes.WebauthnSkEcdsaP256];
    private readonly EvpKey _key;
    private readonly byte[] _applicationHash;

    private SkPublicKey(string type, ReadOnlySpan<byte> blob, EvpKey key, byte[] applicationHash)
        : base(type, blob)
    {
        _key = key;
        _applicationHash = applicationHash;
    }

    public override bool IsSecurityKey => true;

    public override IReadOnlyList<string> SignatureAlgorithms => KeyType == KeyTypes.SkEd25519 ? Ed25519Algorithms : EcdsaAlgorithms;

    public static SkPublicKey Read(string type, ref SshReader reader)
    {
        using var writer = new SshWriter(stackalloc byte[512]);
        writer.WriteString(type);
        EvpKey key;
        if (type == KeyTypes.SkEd25519)
        {
            ReadOnlySpan<byte> raw = reader.ReadString(LibCrypto.Ed25519KeySize);
            if (raw.Length != LibCrypto.Ed25519KeySize) throw PublicKeyFormat.Malformed("an Ed25519 key does not have 32 bytes");
            key = LibCrypto.ImportEd25519Public(raw);
            writer.WriteString(raw);
        }
        else
        {
            ReadOnlySpan<byte> point = EcdsaPublicKey.ReadPoint(EcdsaCurve.P256, ref reader);
            key = LibCrypto.ImportEc(EcdsaCurve.P256.LibraryName, point, default);
            writer.WriteString(EcdsaCurve.P256.Name);
            writer.WriteString(point);
        }

        ReadOnlySpan<byte> application = reader.ReadString(MaxApplicationLength);
        writer.WriteString(application);
        return new SkPublicKey(type, writer.Written, key, SHA256.HashData(application));
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        VerifySk(algorithm, data, signature, out SkSignatureInfo info) && info.UserPresent;

    public override bool VerifySk(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, out SkSignatureInfo info)
    {
        info = default;
        bool webauthn = algorithm == KeyTypes.WebauthnSkEcdsaP256;
        if (!(webauthn ? KeyType == KeyTypes.SkEcdsaP256 : algorithm == KeyType)) return false;
        if (!SignatureBlob.TryReadWithTrailer(signature, algorithm, out ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> rest) || rest.Length < 5) return false;
        byte flags = rest[0];
        uint counter = BinaryPrimitives.ReadUInt32BigEndian(rest[1..]);
        rest = rest[5..];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        ReadOnlySpan<byte> extensions = default;
        if (webauthn)
        {
            if (!TryHashClientData(data, rest, flags, hash, out extensions)) return false;
        }
        else
        {
            if (!rest.IsEmpty) return false;
            SHA256.HashData(data, hash);
        }

        if (!VerifyAssertion(raw, flags, counter, extensions, hash)) return false;
        info = new SkSignatureInfo((flags & UserPresent) != 0, (flags & UserVerified) != 0, counter);
        return true;
    }

    /// <summary>What the device signed: SHA-256 of the application, flags, counter, extensions, SHA-256 of the message.</summary>
    private bool VerifyAssertion(ReadOnlySpan<byte> raw, byte flags, uint counter, ReadOnlySpan<byte> extensions, ReadOnlySpan<byte> hash)
    {
        using var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteBytes(_applicationHash);
        writer.WriteByte(flags);
        writer.WriteUInt32(counter);
        writer.WriteBytes(extensions);
        writer.WriteBytes(hash);
        if (KeyType == KeyTypes.SkEd25519) return raw.Length == LibCrypto.Ed25519SignatureSize && LibCrypto.Verify(_key, default, writer.Written, raw);
        Span<byte> der = stackalloc byte[EcdsaSignatureFormat.MaxDerSize];
        int size = EcdsaSignatureFormat.ToDer(raw, der);
        return size > 0 && LibCrypto.Verify(_key, EcdsaCurve.P256.Digest, writer.Written, der[..size]);
    }

    /// <summary>
    /// <c>string origin, string clientData, string extensions</c>: a browser signs the hash of a JSON text that must begin with the type
    /// "webauthn.get", the base64url of <paramref name="data"/> as challenge, and the origin.
    /// </summary>
    private static bool TryHashClientData(
        ReadOnlySpan<byte> data, ReadOnlySpan<byte> rest, byte flags, scoped Span<byte> hash, out ReadOnlySpan<byte> extensions)
    {
        extensions = default;
        if (!SignatureBlob.TryTakeString(ref rest, out ReadOnlySpan<byte> origin)
            || !SignatureBlob.TryTakeString(ref rest, out ReadOnlySpan<byte> clientData)
            || !SignatureBlob.TryTakeString(ref rest, out extensions)
            || !rest.IsEmpty
            || clientData.Length > MaxClientDataLength
            || origin.Contains((byte)'"'))
        {
            return false;
        }

        // Attested credential data has no place in an assertion, and the extension flag must tell the truth.
        if ((flags & AttestedData) != 0 || ((flags & ExtensionData) != 0) == extensions.IsEmpty) return false;
        if (!StartsAs(clientData, data, origin)) return false;
        SHA256.HashData(clientData, hash);
        return true;
    }

    private static bool StartsAs(ReadOnlySpan<byte> clientData, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> origin)
    {
        int encodedLength = Base64Url.GetEncodedLength(challenge.Length);
        if (encodedLength > clientData.Length) return false;
        byte[] encoded = new byte[encodedLength];
        Base64Url.EncodeToUtf8(challenge, encoded);
        return TakePrefix(ref clientData, "{\"type\":\"webauthn.get\",\"challenge\":\""u8)
            && TakePrefix(ref clientData, encoded)
            && TakePrefix(ref clientData, "\",\"origin\":\""u8)
            && TakePrefix(ref clientData, origin)
            && TakePrefix(ref clientData, "\""u8);
    }

    private static bool TakePrefix(ref ReadOnlySpan<byte> text, scoped ReadOnlySpan<byte> prefix)
    {
        if (!text.StartsWith(prefix)) return false;
        text = text[prefix.Length..];
        return true;
    }
}
