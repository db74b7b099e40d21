using System.Security.Cryptography;
using SshGateway.Protocol.Wire;

namespace SshGateway.Protocol.Keys;

/// <summary>A public key (or certificate) as it stands on the wire (RFC 4253 §6.6). Immutable and thread-safe.</summary>
public abstract class PublicKey : IEquatable<PublicKey>
{
    private readonly byte[] _blob;

    protected PublicKey(string keyType, ReadOnlySpan<byte> blob)
    {
        KeyType = keyType;
        _blob = blob.ToArray();
    }

    /// <summary>Key format identifier, the first string of the blob, e.g. <c>ssh-ed25519</c>.</summary>
    public string KeyType { get; }

    /// <summary>The whole blob.</summary>
    public ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>Signature algorithms this key may be used with, preferred first (RFC 8332 for RSA).</summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary><c>SHA256:</c> and the unpadded base64 of the blob's digest, as ssh-keygen -l prints it.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(_blob)).TrimEnd('=');

    /// <summary>
    /// Verifies a signature blob (<c>string algorithm, string signature</c>, RFC 4253 §6.6) over <paramref name="data"/>.
    /// False when it is malformed, made with another algorithm than <paramref name="algorithm"/>, has trailing bytes, or is wrong.
    /// </summary>
    public abstract bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    public bool Equals(PublicKey? other) => other is not null && _blob.AsSpan().SequenceEqual(other._blob);

    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_blob);
        return hash.ToHashCode();
    }

    /// <summary>One line as in <c>id_ed25519.pub</c>, without a comment.</summary>
    public override string ToString() => KeyType + " " + Convert.ToBase64String(_blob);
}
