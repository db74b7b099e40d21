using System.Security.Cryptography;

namespace SshGateway.Protocol.Keys.Trust;

/// <summary>The contents of a KRL file, laid out for look-ups.</summary>
internal sealed class RevocationList
{
    public static ReadOnlySpan<byte> Magic => "SSHKRL\n\0"u8;

    private readonly HashSet<ByteString> _keys = [];
    private readonly HashSet<ByteString> _sha1 = [];
    private readonly HashSet<ByteString> _sha256 = [];
    private readonly List<AuthorityPart> _parts = [];

    public void AddKey(ReadOnlySpan<byte> blob) => _keys.Add(new ByteString(blob));

    public void AddSha1(ReadOnlySpan<byte> hash) => _sha1.Add(new ByteString(hash));

    public void AddSha256(ReadOnlySpan<byte> hash) => _sha256.Add(new ByteString(hash));

    /// <summary>A part about the certificates of one authority; of any authority when the blob is empty.</summary>
    public AuthorityPart AddAuthority(ReadOnlySpan<byte> authority)
    {
        var part = new AuthorityPart(authority.ToArray());
        _parts.Add(part);
        return part;
    }

    public bool RevokesKey(PublicKey key)
    {
        ReadOnlySpan<byte> blob = key.Blob.Span;
        if (_keys.Contains(new ByteString(blob))) return true;
        if (_sha256.Count > 0 && _sha256.Contains(new ByteString(SHA256.HashData(blob)))) return true;

        // The list's format names keys by SHA-1 too; a collision would only revoke more.
#pragma warning disable CA5350
        return _sha1.Count > 0 && _sha1.Contains(new ByteString(SHA1.HashData(blob)));
#pragma warning restore CA5350
    }

    public bool RevokesCertificate(Certificate certificate)
    {
        foreach (AuthorityPart part in _parts)
        {
            if (part.Revokes(certificate)) return true;
        }

        return false;
    }

    /// <summary>Revoked serial numbers and key ids of one authority.</summary>
    internal sealed class AuthorityPart(byte[] authority)
    {
        private readonly HashSet<ulong> _serials = [];
        private readonly List<(ulong First, ulong Last)> _ranges = [];
        private readonly List<(ulong Offset, byte[] Bits)> _bitmaps = [];
        private readonly HashSet<string> _keyIds = new(StringComparer.Ordinal);

        public void AddSerial(ulong serial) => _serials.Add(serial);

        public void AddRange(ulong first, ulong last) => _ranges.Add((first, last));

        /// <param name="bits">Big-endian number; its bit n stands for serial <paramref name="offset"/> + n.</param>
        public void AddBitmap(ulong offset, ReadOnlySpan<byte> bits) => _bitmaps.Add((offset, bits.ToArray()));

        public void AddKeyId(string keyId) => _keyIds.Add(keyId);

        public bool Revokes(Certificate certificate)
        {
            if (authority.Length > 0 && !certificate.SignatureKey.Blob.Span.SequenceEqual(authority)) return false;
            if (_keyIds.Contains(certificate.KeyId)) return true;

            // Serial 0 is "none given" and cannot be revoked by number.
            ulong serial = certificate.Serial;
            return serial != 0 && (_serials.Contains(serial) || InRange(serial) || InBitmap(serial));
        }

        private bool InRange(ulong serial)
        {
            foreach ((ulong first, ulong last) in _ranges)
            {
                if (serial >= first && serial <= last) return true;
            }

            return false;
        }

        private bool InBitmap(ulong serial)
        {
            foreach ((ulong offset, byte[] bits) in _bitmaps)
            {
                ulong bit = serial - offset;
                if (serial < offset || bit / 8 >= (ulong)bits.Length) continue;
                if ((bits[^(int)((bit / 8) + 1)] & (1 << (int)(bit % 8))) != 0) return true;
            }

            return false;
        }
    }

    /// <summary>Bytes compared by value.</summary>
    private readonly struct ByteString(ReadOnlySpan<byte> bytes) : IEquatable<ByteString>
    {
        private readonly byte[] _bytes = bytes.ToArray();

        public bool Equals(ByteString other) => _bytes.AsSpan().SequenceEqual(other._bytes);

        public override bool Equals(object? obj) => obj is ByteString other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(_bytes);
            return hash.ToHashCode();
        }
    }
}
