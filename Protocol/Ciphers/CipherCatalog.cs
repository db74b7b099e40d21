using System.Diagnostics.CodeAnalysis;
using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Ciphers;

/// <summary>A cipher that can be negotiated.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="KeyLength">Bytes of key taken from the exchange hash (RFC 4253 §7.2).</param>
/// <param name="IvLength">Bytes of initial IV taken from it; 0 if the construction takes none.</param>
/// <param name="BlockSize">Cipher block size in bytes, for the rekey limit of RFC 4344 §3.2.</param>
/// <param name="IsAead">True if integrity is part of the cipher and no MAC is negotiated.</param>
internal sealed record CipherAlgorithm(string Name, int KeyLength, int IvLength, int BlockSize, bool IsAead);

/// <summary>A MAC that can be negotiated.</summary>
/// <param name="Name">Name on the wire.</param>
/// <param name="KeyLength">Bytes of key.</param>
/// <param name="TagLength">Bytes of tag on the wire.</param>
/// <param name="IsEtm">Encrypt-then-MAC (OpenSSH PROTOCOL 1.5).</param>
internal sealed record MacAlgorithm(string Name, int KeyLength, int TagLength, bool IsEtm)
{
    /// <summary>The HMAC under <paramref name="key"/>; the digest is known by the length of its tag.</summary>
    internal MacContext CreateContext(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength) throw new ArgumentException("the MAC key has the wrong length", nameof(key));
        ReadOnlySpan<byte> digest = TagLength switch { 20 => "SHA1\0"u8, 32 => "SHA256\0"u8, _ => "SHA512\0"u8 };
        return MacContext.CreateHmac(digest, key, TagLength);
    }
}

/// <summary>Every cipher and MAC there is, and which are offered when the configuration says nothing.</summary>
internal static class CipherCatalog
{
    private const string Aes128Gcm = "aes128-gcm@openssh.com";
    private const string Aes256Gcm = "aes256-gcm@openssh.com";
    private const string ChaCha20Poly1305 = "chacha20-poly1305@openssh.com";

    /// <summary>All known ciphers, preferred first.</summary>
    internal static IReadOnlyList<CipherAlgorithm> Ciphers { get; } =
    [
        new(Aes256Gcm, KeyLength: 32, IvLength: 12, BlockSize: 16, IsAead: true),
        new(Aes128Gcm, KeyLength: 16, IvLength: 12, BlockSize: 16, IsAead: true),
        new(ChaCha20Poly1305, KeyLength: 64, IvLength: 0, BlockSize: 8, IsAead: true),
        new("aes256-ctr", KeyLength: 32, IvLength: 16, BlockSize: 16, IsAead: false),
        new("aes192-ctr", KeyLength: 24, IvLength: 16, BlockSize: 16, IsAead: false),
        new("aes128-ctr", KeyLength: 16, IvLength: 16, BlockSize: 16, IsAead: false),

        // Only in the legacy profile of a destination.
        new("aes256-cbc", KeyLength: 32, IvLength: 16, BlockSize: 16, IsAead: false),
        new("aes192-cbc", KeyLength: 24, IvLength: 16, BlockSize: 16, IsAead: false),
        new("aes128-cbc", KeyLength: 16, IvLength: 16, BlockSize: 16, IsAead: false),
    ];

    /// <summary>All known MACs, preferred first.</summary>
    internal static IReadOnlyList<MacAlgorithm> Macs { get; } =
    [
        new("hmac-sha2-256-etm@openssh.com", KeyLength: 32, TagLength: 32, IsEtm: true),
        new("hmac-sha2-512-etm@openssh.com", KeyLength: 64, TagLength: 64, IsEtm: true),
        new("hmac-sha2-256", KeyLength: 32, TagLength: 32, IsEtm: false),
        new("hmac-sha2-512", KeyLength: 64, TagLength: 64, IsEtm: false),

        // Only in the legacy profile of a destination.
        new("hmac-sha1", KeyLength: 20, TagLength: 20, IsEtm: false),
    ];

    /// <summary>Offered to clients. There the client's order decides.</summary>
    internal static IReadOnlyList<string> DefaultCiphers { get; } =
        [Aes256Gcm, Aes128Gcm, ChaCha20Poly1305, "aes256-ctr", "aes192-ctr", "aes128-ctr"];

    /// <summary>Offered to clients.</summary>
    internal static IReadOnlyList<string> DefaultMacs { get; } =
        ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"];

    /// <summary>Offered to destinations. There our order decides: the cheapest per byte that is safe stands first.</summary>
    internal static IReadOnlyList<string> ClientCiphers { get; } =
        [Aes128Gcm, Aes256Gcm, ChaCha20Poly1305, "aes128-ctr", "aes192-ctr", "aes256-ctr"];

    /// <summary>Offered to destinations.</summary>
    internal static IReadOnlyList<string> ClientMacs { get; } =
        ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"];

    /// <summary>Added to <see cref="ClientCiphers"/> by a destination's legacy profile.</summary>
    internal static IReadOnlyList<string> LegacyCiphers { get; } = ["aes256-cbc", "aes192-cbc", "aes128-cbc"];

    /// <summary>Added to <see cref="ClientMacs"/> by a destination's legacy profile.</summary>
    internal static IReadOnlyList<string> LegacyMacs { get; } = ["hmac-sha1"];

    internal static bool TryGetCipher(string name, [NotNullWhen(true)] out CipherAlgorithm? cipher)
    {
        cipher = null;
        foreach (CipherAlgorithm known in Ciphers)
        {
            if (known.Name == name) cipher = known;
        }

        return cipher is not null;
    }

    internal static bool TryGetMac(string name, [NotNullWhen(true)] out MacAlgorithm? mac)
    {
        mac = null;
        foreach (MacAlgorithm known in Macs)
        {
            if (known.Name == name) mac = known;
        }

        return mac is not null;
    }

    /// <summary>Key, IV and MAC key have exactly the lengths the algorithms name; an AEAD cipher takes no MAC.</summary>
    internal static PacketSealer CreateSealer(
        CipherAlgorithm cipher, MacAlgorithm? mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> macKey)
    {
        RequireLengths(cipher, mac, key, iv);
        return cipher.Name switch
        {
            Aes128Gcm or Aes256Gcm => new AesGcmSealer(key, iv),
            ChaCha20Poly1305 => new ChaChaPolySealer(key),
            _ => new AesWithMacSealer(ModeOf(cipher), mac!, key, iv, macKey),
        };
    }

    /// <inheritdoc cref="CreateSealer"/>
    internal static PacketOpener CreateOpener(
        CipherAlgorithm cipher, MacAlgorithm? mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> macKey)
    {
        RequireLengths(cipher, mac, key, iv);
        return cipher.Name switch
        {
            Aes128Gcm or Aes256Gcm => new AesGcmOpener(key, iv),
            ChaCha20Poly1305 => new ChaChaPolyOpener(key),
            _ => new AesWithMacOpener(ModeOf(cipher), mac!, key, iv, macKey),
        };
    }

    private static AesMode ModeOf(CipherAlgorithm cipher) =>
        cipher.Name.EndsWith("-cbc", StringComparison.Ordinal) ? AesMode.Cbc : AesMode.Ctr;

    private static void RequireLengths(CipherAlgorithm cipher, MacAlgorithm? mac, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        if (cipher.IsAead != mac is null) throw new ArgumentException("a MAC is for ciphers without integrity of their own", nameof(mac));
        if (key.Length != cipher.KeyLength) throw new ArgumentException("the key has the wrong length", nameof(key));
        if (iv.Length != cipher.IvLength) throw new ArgumentException("the IV has the wrong length", nameof(iv));
    }
}
