namespace SshGateway.Protocol.Keys;

/// <summary>One of the three curves of RFC 5656 with the names the parties use for it.</summary>
internal sealed class EcdsaCurve
{
    public static readonly EcdsaCurve P256 = new(KeyTypes.EcdsaP256, "nistp256", "prime256v1\0"u8, "SHA256\0"u8, 32);
    public static readonly EcdsaCurve P384 = new(KeyTypes.EcdsaP384, "nistp384", "secp384r1\0"u8, "SHA384\0"u8, 48);
    public static readonly EcdsaCurve P521 = new(KeyTypes.EcdsaP521, "nistp521", "secp521r1\0"u8, "SHA512\0"u8, 66);

    private readonly byte[] _libraryName;
    private readonly byte[] _digest;

    private EcdsaCurve(string keyType, string name, ReadOnlySpan<byte> libraryName, ReadOnlySpan<byte> digest, int fieldSize)
    {
        KeyType = keyType;
        Name = name;
        FieldSize = fieldSize;
        _libraryName = libraryName.ToArray();
        _digest = digest.ToArray();
        Algorithms = [keyType];
    }

    public string KeyType { get; }

    /// <summary>The identifier inside the blob.</summary>
    public string Name { get; }

    /// <summary>Bytes of a coordinate.</summary>
    public int FieldSize { get; }

    public int PointSize => (2 * FieldSize) + 1;

    public IReadOnlyList<string> Algorithms { get; }

    /// <summary>What libcrypto calls the curve, zero-terminated.</summary>
    public ReadOnlySpan<byte> LibraryName => _libraryName;

    /// <summary>The digest that goes with the curve (RFC 5656 §6.2.1), zero-terminated.</summary>
    public ReadOnlySpan<byte> Digest => _digest;

    public static EcdsaCurve? OfKeyType(string keyType) => keyType switch
    {
        KeyTypes.EcdsaP256 => P256,
        KeyTypes.EcdsaP384 => P384,
        KeyTypes.EcdsaP521 => P521,
        _ => null,
    };
}
