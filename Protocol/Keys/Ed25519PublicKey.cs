using SshGateway.Protocol.Crypto;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>ssh-ed25519 (RFC 8709): <c>string key</c> of 32 bytes; signatures of 64 bytes.</summary>
internal sealed class Ed25519PublicKey : PublicKey
{
    private static readonly string[] Algorithms = [KeyTypes.Ed25519];
    private readonly EvpKey _key;

    private Ed25519PublicKey(ReadOnlySpan<byte> blob, EvpKey key)
        : base(KeyTypes.Ed25519, blob) => _key = key;

    public override IReadOnlyList<string> SignatureAlgorithms => Algorithms;

    public static Ed25519PublicKey Read(ref SshReader reader)
    {
        ReadOnlySpan<byte> key = reader.ReadString(LibCrypto.Ed25519KeySize);
        if (key.Length != LibCrypto.Ed25519KeySize) throw PublicKeyFormat.Malformed("an Ed25519 key does not have 32 bytes");
        return Create(key, LibCrypto.ImportEd25519Public(key));
    }

    public static Ed25519PublicKey Create(ReadOnlySpan<byte> raw, EvpKey key)
    {
        var writer = new SshWriter(stackalloc byte[64]);
        writer.WriteString(KeyTypes.Ed25519);
        writer.WriteString(raw);
        return new Ed25519PublicKey(writer.Written, key);
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        algorithm == KeyTypes.Ed25519
        && SignatureBlob.TryRead(signature, KeyTypes.Ed25519, out ReadOnlySpan<byte> raw)
        && raw.Length == LibCrypto.Ed25519SignatureSize
        && LibCrypto.Verify(_key, default, data, raw);
}
