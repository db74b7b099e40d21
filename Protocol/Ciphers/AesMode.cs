using SshGateway.Protocol.Crypto;

namespace SshGateway.Protocol.Ciphers;

/// <summary>Modes of AES that need a MAC beside them.</summary>
internal enum AesMode
{
    Ctr,
    Cbc,
}

internal static class AesModeExtensions
{
    internal static CipherContext CreateContext(this AesMode mode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool encrypt)
    {
        if (iv.Length != 16) throw new ArgumentException("the IV must be 16 bytes", nameof(iv));
        ReadOnlySpan<byte> name = (mode, key.Length) switch
        {
            (AesMode.Ctr, 16) => "AES-128-CTR\0"u8,
            (AesMode.Ctr, 24) => "AES-192-CTR\0"u8,
            (AesMode.Ctr, 32) => "AES-256-CTR\0"u8,
            (AesMode.Cbc, 16) => "AES-128-CBC\0"u8,
            (AesMode.Cbc, 24) => "AES-192-CBC\0"u8,
            (AesMode.Cbc, 32) => "AES-256-CBC\0"u8,
            _ => throw new ArgumentException("the key has no length of AES", nameof(key)),
        };
        return new CipherContext(name, key, iv, encrypt);
    }
}
