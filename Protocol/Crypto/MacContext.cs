using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SshGateway.Protocol.Crypto;

/// <summary>One EVP_MAC_CTX: HMAC keyed once, or Poly1305 keyed for each message. Not thread-safe.</summary>
internal sealed unsafe class MacContext : IDisposable
{
    private const int QuickLength = 1024;
    private const int MaxTagLength = 64;

    private readonly int _tagLength;
    private nint _context;

    private MacContext(ReadOnlySpan<byte> algorithm, int tagLength)
    {
        _tagLength = tagLength;
        nint mac = 0;
        try
        {
            fixed (byte* name = algorithm)
                mac = LibCrypto.CheckPointer(LibCrypto.EVP_MAC_fetch(0, name, null), nameof(LibCrypto.EVP_MAC_fetch));
            _context = LibCrypto.CheckPointer(LibCrypto.EVP_MAC_CTX_new(mac), nameof(LibCrypto.EVP_MAC_CTX_new));
        }
        finally
        {
            LibCrypto.EVP_MAC_free(mac);
        }
    }

    ~MacContext() => Free();

    internal static MacContext CreatePoly1305() => new("POLY1305\0"u8, tagLength: 16);

    /// <param name="digest">OpenSSL's name of the digest with a terminating zero, e.g. <c>"SHA256\0"u8</c>.</param>
    /// <param name="key">The key, of any length above 0.</param>
    /// <param name="tagLength">Length of the digest, which is that of the tag.</param>
    internal static MacContext CreateHmac(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> key, int tagLength)
    {
        if (key.IsEmpty) throw new ArgumentException("the key is empty", nameof(key));
        var context = new MacContext("HMAC\0"u8, tagLength);
        try
        {
            LibCrypto.OsslParam* parameters = stackalloc LibCrypto.OsslParam[2];
            fixed (byte* name = "digest\0"u8, value = digest, keyBytes = key)
            {
                parameters[0] = new LibCrypto.OsslParam(name, LibCrypto.Utf8Parameter, value, digest.Length - 1);
                parameters[1] = default;
                LibCrypto.Check(
                    LibCrypto.EVP_MAC_init(context._context, keyBytes, (nuint)key.Length, parameters),
                    nameof(LibCrypto.EVP_MAC_init));
            }

            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>HMAC: the tag of an SSH packet, over its sequence number and bytes (RFC 4253 §6.4).</summary>
    internal void ComputeForPacket(uint sequenceNumber, byte* packet, int length, byte* tag)
    {
        uint prefix = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sequenceNumber) : sequenceNumber;
        Restart(null, 0);
        Update((byte*)&prefix, sizeof(uint));
        Update(packet, length);
        Finish(tag);
    }

    /// <summary>Whether <paramref name="tag"/> is the one <see cref="ComputeForPacket"/> gives; takes the same time if not.</summary>
    internal bool VerifyPacket(uint sequenceNumber, byte* packet, int length, ReadOnlySpan<byte> tag)
    {
        byte* computed = stackalloc byte[MaxTagLength];
        ComputeForPacket(sequenceNumber, packet, length, computed);
        return CryptographicOperations.FixedTimeEquals(new ReadOnlySpan<byte>(computed, _tagLength), tag);
    }

    /// <summary>Poly1305: the tag of one message under its own key of 32 bytes.</summary>
    internal void Compute(byte* key, byte* data, int length, byte* tag)
    {
        Restart(key, 32);
        Update(data, length);
        Finish(tag);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    // Without a key HMAC starts again from its stored inner state.
    private void Restart(byte* key, int keyLength)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        LibCrypto.Check(LibCrypto.EVP_MAC_init_Quick(_context, key, (nuint)keyLength, null), nameof(LibCrypto.EVP_MAC_init));
    }

    private void Update(byte* data, int length) => LibCrypto.Check(
        length <= QuickLength
            ? LibCrypto.EVP_MAC_update_Quick(_context, data, (nuint)length)
            : LibCrypto.EVP_MAC_update(_context, data, (nuint)length),
        nameof(LibCrypto.EVP_MAC_update));

    private void Finish(byte* tag)
    {
        nuint written = 0;
        LibCrypto.Check(
            LibCrypto.EVP_MAC_final(_context, tag, &written, (nuint)_tagLength),
            nameof(LibCrypto.EVP_MAC_final));
        if (written != (nuint)_tagLength) LibCrypto.Check(0, nameof(LibCrypto.EVP_MAC_final));
        GC.KeepAlive(this);
    }

    // Freeing cleanses the key.
    private void Free() => LibCrypto.EVP_MAC_CTX_free(Interlocked.Exchange(ref _context, 0));
}
