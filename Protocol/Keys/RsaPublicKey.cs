using System.Numerics;
using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>ssh-rsa (RFC 4253 §6.6): <c>mpint e, mpint n</c>; signatures by RFC 8332.</summary>
public sealed class RsaPublicKey : PublicKey
{
    internal const int MinBits = 1024;
    internal const int MaxBits = 16384;

    // Every generator in use has e = 65537, old ones 3, 35 or 37. A large exponent only makes verifying slow.
    private const int MaxExponentSize = 8;
    private static readonly string[] Algorithms = [KeyTypes.RsaSha512, KeyTypes.RsaSha256];
    private readonly EvpKey _key;
    private readonly int _modulusSize;

    private RsaPublicKey(ReadOnlySpan<byte> blob, EvpKey key, int bits)
        : base(KeyTypes.Rsa, blob)
    {
        _key = key;
        RsaBits = bits;
        _modulusSize = (bits + 7) / 8;
    }

    public override int RsaBits { get; }

    public override IReadOnlyList<string> SignatureAlgorithms => Algorithms;

    /// <inheritdoc/>
    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ReadOnlySpan<byte> digest = DigestOf(algorithm);
        return !digest.IsEmpty && VerifyWith(algorithm, digest, data, signature);
    }

    /// <summary>
    /// Verifies an <c>ssh-rsa</c> signature, which is made with SHA-1. Only for destinations whose profile asks for
    /// legacy algorithms: <see cref="Verify"/> never accepts one.
    /// </summary>
    public bool VerifyLegacySha1(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        VerifyWith(KeyTypes.Rsa, "SHA1\0"u8, data, signature);

    internal static RsaPublicKey Read(ref SshReader reader)
    {
        ReadOnlySpan<byte> exponent = reader.ReadUnsignedMpint();
        ReadOnlySpan<byte> modulus = reader.ReadUnsignedMpint();
        CheckSizes(modulus, exponent);
        return Create(modulus, exponent, LibCrypto.ImportRsaPublic(modulus, exponent));
    }

    internal static RsaPublicKey Create(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, EvpKey key)
    {
        CheckSizes(modulus, exponent);
        using var writer = new SshWriter(stackalloc byte[600]);
        writer.WriteString(KeyTypes.Rsa);
        writer.WriteUnsignedMpint(exponent);
        writer.WriteUnsignedMpint(modulus);
        return new RsaPublicKey(writer.Written, key, BitLength(modulus));
    }

    internal static ReadOnlySpan<byte> DigestOf(string algorithm) => algorithm switch
    {
        KeyTypes.RsaSha512 => "SHA512\0"u8,
        KeyTypes.RsaSha256 => "SHA256\0"u8,
        _ => default,
    };

    internal static void CheckSizes(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        int bits = BitLength(modulus);
        if (bits is < MinBits or > MaxBits)
            throw PublicKeyFormat.Malformed($"an RSA key has {bits} bits; between {MinBits} and {MaxBits} are accepted");
        if (exponent.Length > MaxExponentSize || exponent.IsEmpty || (exponent[^1] & 1) == 0 || (exponent.Length == 1 && exponent[0] == 1))
            throw PublicKeyFormat.Malformed("the public exponent of an RSA key is not acceptable");
        if ((modulus[^1] & 1) == 0) throw PublicKeyFormat.Malformed("the modulus of an RSA key is even");
    }

    private static int BitLength(ReadOnlySpan<byte> magnitude) =>
        magnitude.IsEmpty ? 0 : (8 * magnitude.Length) - (BitOperations.LeadingZeroCount(magnitude[0]) - 24);

    private bool VerifyWith(string algorithm, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (!SignatureBlob.TryRead(signature, algorithm, out ReadOnlySpan<byte> raw) || raw.Length > _modulusSize) return false;
        if (raw.Length == _modulusSize) return LibCrypto.Verify(_key, digest, data, raw);

        // Some implementations leave out leading zeros; libcrypto wants the whole size.
        Span<byte> padded = stackalloc byte[_modulusSize];
        padded[..(_modulusSize - raw.Length)].Clear();
        raw.CopyTo(padded[(_modulusSize - raw.Length)..]);
        return LibCrypto.Verify(_key, digest, data, padded);
    }
}
