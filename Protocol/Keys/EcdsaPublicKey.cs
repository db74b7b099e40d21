using System.Text;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>ecdsa-sha2-nistp256/384/521 (RFC 5656 §3.1): <c>string curve, string Q</c>, Q uncompressed.</summary>
internal sealed class EcdsaPublicKey : PublicKey
{
    private const byte Uncompressed = 4;
    private readonly EvpKey _key;
    private readonly EcdsaCurve _curve;

    private EcdsaPublicKey(ReadOnlySpan<byte> blob, EcdsaCurve curve, EvpKey key)
        : base(curve.KeyType, blob)
    {
        _key = key;
        _curve = curve;
    }

    public override IReadOnlyList<string> SignatureAlgorithms => _curve.Algorithms;

    public static EcdsaPublicKey Read(string type, ref SshReader reader)
    {
        EcdsaCurve curve = EcdsaCurve.OfKeyType(type)!;
        ReadOnlySpan<byte> point = ReadPoint(curve, ref reader);
        return Create(curve, point, LibCrypto.ImportEc(curve.LibraryName, point, default));
    }

    public static EcdsaPublicKey Create(EcdsaCurve curve, ReadOnlySpan<byte> point, EvpKey key)
    {
        var writer = new SshWriter(stackalloc byte[256]);
        writer.WriteString(curve.KeyType);
        writer.WriteString(curve.Name);
        writer.WriteString(point);
        return new EcdsaPublicKey(writer.Written, curve, key);
    }

    /// <summary>Reads <c>string curve, string Q</c> and checks the form of both.</summary>
    public static ReadOnlySpan<byte> ReadPoint(EcdsaCurve curve, ref SshReader reader)
    {
        if (!Ascii.Equals(reader.ReadString(), curve.Name)) throw PublicKeyFormat.Malformed("an ECDSA key names another curve than its type");
        ReadOnlySpan<byte> point = reader.ReadString(curve.PointSize);
        if (point.Length != curve.PointSize || point[0] != Uncompressed) throw PublicKeyFormat.Malformed("the point of an ECDSA key is not valid");
        return point;
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (algorithm != _curve.KeyType || !SignatureBlob.TryRead(signature, algorithm, out ReadOnlySpan<byte> raw)) return false;
        Span<byte> der = stackalloc byte[EcdsaSignatureFormat.MaxDerSize];
        int size = EcdsaSignatureFormat.ToDer(raw, der);
        return size > 0 && LibCrypto.Verify(_key, _curve.Digest, data, der[..size]);
    }
}
