using System.Runtime.CompilerServices;

namespace SshGateway.Protocol.Crypto;

/// <summary>
/// One keyed EVP_CIPHER_CTX for one direction. The key is set once; a packet costs at most a new IV. Not thread-safe.
/// After Dispose every call throws.
/// </summary>
internal sealed unsafe class CipherContext : IDisposable
{
    /// <summary>Up to this length an update stays within about a microsecond and may skip the GC transition.</summary>
    private const int QuickLength = 1024;

    private nint _context;

    /// <param name="algorithm">OpenSSL's name with a terminating zero, e.g. <c>"AES-128-GCM\0"u8</c>.</param>
    /// <param name="key">Exactly the cipher's key length.</param>
    /// <param name="iv">Exactly the cipher's IV length, or empty: it is set later, for each packet.</param>
    /// <param name="encrypt">The direction.</param>
    internal CipherContext(ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool encrypt)
    {
        nint cipher = 0;
        try
        {
            fixed (byte* name = algorithm)
                cipher = LibCrypto.CheckPointer(LibCrypto.EVP_CIPHER_fetch(0, name, null), nameof(LibCrypto.EVP_CIPHER_fetch));
            _context = LibCrypto.CheckPointer(LibCrypto.EVP_CIPHER_CTX_new(), nameof(LibCrypto.EVP_CIPHER_CTX_new));
            LibCrypto.Check(LibCrypto.EVP_CipherInit_ex(_context, cipher, 0, null, null, encrypt ? 1 : 0), nameof(LibCrypto.EVP_CipherInit_ex));
            RequireLengths(key.Length, iv.Length);
            fixed (byte* keyBytes = key, ivBytes = iv)
            {
                LibCrypto.Check(
                    LibCrypto.EVP_CipherInit_ex(_context, 0, 0, keyBytes, iv.IsEmpty ? null : ivBytes, -1),
                    nameof(LibCrypto.EVP_CipherInit_ex));
            }

            LibCrypto.Check(LibCrypto.EVP_CIPHER_CTX_set_padding(_context, 0), nameof(LibCrypto.EVP_CIPHER_CTX_set_padding));
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            LibCrypto.EVP_CIPHER_free(cipher);
        }
    }

    ~CipherContext() => Free();

    /// <summary>Starts a message under a new IV, with the same key.</summary>
    internal void Start(byte* iv)
    {
        LibCrypto.Check(LibCrypto.EVP_CipherInit_ex_Quick(Context, 0, 0, null, iv, -1), nameof(LibCrypto.EVP_CipherInit_ex));
        GC.KeepAlive(this);
    }

    /// <summary>Adds authenticated data that is not encrypted (AEAD only).</summary>
    internal void Authenticate(byte* data, int length)
    {
        int written = 0;
        LibCrypto.Check(LibCrypto.EVP_CipherUpdate_Quick(Context, null, &written, data, length), nameof(LibCrypto.EVP_CipherUpdate));
        GC.KeepAlive(this);
    }

    /// <summary>Encrypts or decrypts; output may be input. Block modes need whole blocks.</summary>
    internal void Update(byte* output, byte* input, int length)
    {
        int written = 0;
        LibCrypto.Check(
            length <= QuickLength
                ? LibCrypto.EVP_CipherUpdate_Quick(Context, output, &written, input, length)
                : LibCrypto.EVP_CipherUpdate(Context, output, &written, input, length),
            nameof(LibCrypto.EVP_CipherUpdate));
        if (written != length) LibCrypto.Check(0, nameof(LibCrypto.EVP_CipherUpdate));
        GC.KeepAlive(this);
    }

    /// <summary>AEAD, encrypting: ends the message and writes its tag.</summary>
    internal void FinishWithTag(byte* tag, int length)
    {
        int written = 0;
        byte none;
        LibCrypto.Check(LibCrypto.EVP_CipherFinal_ex(Context, &none, &written), nameof(LibCrypto.EVP_CipherFinal_ex));
        LibCrypto.Check(
            LibCrypto.EVP_CIPHER_CTX_ctrl(Context, LibCrypto.EVP_CTRL_AEAD_GET_TAG, length, tag),
            nameof(LibCrypto.EVP_CIPHER_CTX_ctrl));
        GC.KeepAlive(this);
    }

    /// <summary>AEAD, decrypting: ends the message; false if its tag is not <paramref name="tag"/>.</summary>
    internal bool FinishIfTag(byte* tag, int length)
    {
        int written = 0;
        byte none;
        LibCrypto.Check(
            LibCrypto.EVP_CIPHER_CTX_ctrl(Context, LibCrypto.EVP_CTRL_AEAD_SET_TAG, length, tag),
            nameof(LibCrypto.EVP_CIPHER_CTX_ctrl));
        bool genuine = LibCrypto.Verified(
            LibCrypto.EVP_CipherFinal_ex(Context, &none, &written),
            nameof(LibCrypto.EVP_CipherFinal_ex));
        GC.KeepAlive(this);
        return genuine;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint Context
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            nint context = _context;
            ObjectDisposedException.ThrowIf(context == 0, this);
            return context;
        }
    }

    private void RequireLengths(int key, int iv)
    {
        if (key != LibCrypto.Check(LibCrypto.EVP_CIPHER_CTX_get_key_length(_context), nameof(LibCrypto.EVP_CIPHER_CTX_get_key_length)))
            throw new ArgumentException("the key has the wrong length", nameof(key));
        if (iv != 0 && iv != LibCrypto.Check(LibCrypto.EVP_CIPHER_CTX_get_iv_length(_context), nameof(LibCrypto.EVP_CIPHER_CTX_get_iv_length)))
            throw new ArgumentException("the IV has the wrong length", nameof(iv));
    }

    // Freeing cleanses the key schedule.
    private void Free() => LibCrypto.EVP_CIPHER_CTX_free(Interlocked.Exchange(ref _context, 0));
}
