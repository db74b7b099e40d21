using System.Diagnostics.CodeAnalysis;
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
    public string Fingerprint => FingerprintOf(_blob);

    /// <summary>Size of the modulus of an RSA key (or of the RSA key in a certificate), 0 for every other type.</summary>
    public virtual int RsaBits => 0;

    /// <summary>Is the private half in a security key (FIDO), whose signatures carry flags and a counter?</summary>
    public virtual bool IsSecurityKey => false;

    /// <summary>
    /// Reads a blob. Unknown types, malformed fields, trailing bytes, points off their curve and RSA moduli outside
    /// 1,024–16,384 bits throw <see cref="SshProtocolException"/>. Every type of <see cref="KeyTypes.All"/> is known.
    /// </summary>
    public static PublicKey Parse(ReadOnlySpan<byte> blob) => PublicKeyFormat.Parse(blob);

    /// <summary>As <see cref="Parse"/>, with false in place of an exception.</summary>
    public static bool TryParse(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out PublicKey? key) => TryParse(blob, out key, out _);

    /// <summary>As <see cref="Parse"/>, with false in place of an exception; <paramref name="problem"/> says why.</summary>
    public static bool TryParse(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            key = PublicKeyFormat.Parse(blob);
            problem = null;
            return true;
        }
        catch (SshProtocolException e)
        {
            key = null;
            problem = e.Message;
            return false;
        }
    }

    /// <summary>Reads a line as in <c>id_ed25519.pub</c>: type, base64 and whatever follows as comment.</summary>
    public static bool TryParseLine(ReadOnlySpan<byte> line, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? problem) =>
        PublicKeyFormat.TryParseLine(line, out key, out problem);

    /// <summary>
    /// Verifies a signature blob (<c>string algorithm, string signature</c>, RFC 4253 §6.6) over <paramref name="data"/>.
    /// False when it is malformed, made with another algorithm than <paramref name="algorithm"/>, has trailing bytes, or is wrong;
    /// with a security key also when nobody touched the device.
    /// </summary>
    public abstract bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>
    /// As <see cref="Verify"/> for a security key, whatever its flags say: the caller's policy decides on
    /// <paramref name="info"/> (touch required, verification required). Always false for other keys.
    /// </summary>
    public virtual bool VerifySk(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, out SkSignatureInfo info)
    {
        info = default;
        return false;
    }

    internal static string FingerprintOf(ReadOnlySpan<byte> blob) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('=');

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
